from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.db.models import F, QuerySet
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request

from conversations.models import Conversation
from tests.conftest import Person
from web.errors import ApiError
from web.pagination import NewestFirst


class Pages(NewestFirst):
    time_field = "created_at"


def _request(**query: str) -> Request:
    return Request(RequestFactory().get("/api/conversations", query))


def _read(cursor: str, rows: "QuerySet[Any]") -> list[Any]:
    return Pages().paginate_queryset(rows, _request(cursor=cursor))


WELL_FORMED = st.from_regex(r"[0-9a-f]{1,20}-[0-9a-f]{1,34}", fullmatch=True)


@pytest.mark.django_db
@given(st.text() | WELL_FORMED)
def test_any_text_reads_a_page_or_is_refused(text: str) -> None:
    for rows in (Conversation.objects.none(), get_user_model().objects.annotate(created_at=F("date_joined"))):
        try:
            assert _read(text, rows) == []
        except ApiError as error:
            if error.param != "cursor":
                raise


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["", "x", "f" * 15 + "-" + "0" * 32, "0-" + "0" * 33, "-", "0-" + "F" * 32])
def test_another_text_is_no_cursor(cursor: str) -> None:
    with pytest.raises(ApiError, match="cursor: This is no cursor of ours"):
        _read(cursor, Conversation.objects.all())


@pytest.mark.django_db
def test_the_latest_time_that_can_be_written_can_be_read(consumer: Person) -> None:
    row = Conversation.objects.create(user=consumer.user)
    assert _read("f" * 14 + "-" + "0" * 32, Conversation.objects.all()) == [row]


@pytest.mark.parametrize("limit", ["0", "201", "x", "", "-1", "1.0", "٣", "1" * 5_000])
def test_a_limit_out_of_bounds_names_the_bounds(limit: str) -> None:
    with pytest.raises(ApiError, match="limit: Must be a whole number from 1 to 200") as refused:
        Pages().paginate_queryset(Conversation.objects.none(), _request(limit=limit))
    assert refused.value.status == 400
    assert list(refused.value.details or {}) == ["limit"]


@pytest.mark.django_db
def test_pages_show_each_row_once_while_new_ones_arrive(consumer: Person) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [now, now, now, now - timedelta(seconds=1), now - timedelta(seconds=2)]
    for moment in moments:
        row = Conversation.objects.create(user=consumer.user)
        Conversation.objects.filter(pk=row.pk).update(created_at=moment)
    expected = list(Conversation.objects.order_by("-created_at", "-id").values_list("pk", flat=True))
    seen, query = [], {"limit": "2"}
    while query:
        paginator = Pages()
        seen += [row.pk for row in paginator.paginate_queryset(Conversation.objects.all(), _request(**query))]
        following = urlsplit(paginator.page_body([])["next"] or "").query
        query = {name: values[0] for name, values in parse_qs(following).items()}
        Conversation.objects.create(user=consumer.user)
    assert seen == expected
