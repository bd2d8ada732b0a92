"""The call screens: the attempts and skips of a call, and the search in a large log."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from llm.admin.calls.date_links import DateRangeQuerySet
from llm.models import Attempt, Call
from llm.services.calls.search import find
from tests.admin.asking import ask

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/llm/call/"


def shown(client: Client, **query: str) -> list[str]:
    """The request ids in the list, in order."""
    return [row.request_id for row in client.get(LIST, query).context["rows"]]


def test_a_call_page_names_what_the_answer_was_made_without(providers: list[str], desk: Client) -> None:
    Call.objects.filter(pk=(plain := ask()).call.id).update(dropped=[])
    Call.objects.filter(pk=(reduced := ask()).call.id).update(dropped=["seed", "stop"])
    pages = [desk.get(reverse("admin:llm_call_change", args=[a.call.id])).content.decode() for a in (plain, reduced)]
    assert ["seed, stop" in page for page in pages] == [False, True]
    assert ["dropped parameters" in page for page in pages] == [False, True]


def test_a_call_is_found_by_its_id_its_beginning_and_a_vendors_id(providers: list[str], desk: Client) -> None:
    ids = ["booking-17-a", "booking-17-b", "other-1"]
    for request_id in ids:
        ask(request_id=request_id)
    vendor_id = Attempt.objects.get(call__request_id="other-1").vendor_request_id
    own_id = str(Call.objects.get(request_id="other-1").pk)
    assert shown(desk, q="booking-17-a") == ["booking-17-a"]
    assert shown(desk, q="booking-17") == ["booking-17-b", "booking-17-a"]
    assert shown(desk, q=vendor_id) == ["other-1"]
    assert shown(desk, q=own_id) == ["other-1"]
    assert shown(desk, q="king-17") == []
    assert shown(desk, q="%") == []


def queries(work: Any) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
def test_a_search_goes_through_indexes_only(providers: list[str]) -> None:
    ask()
    for sql in queries(lambda: list(find(Call.objects.order_by("-started_at"), "booking-17"))):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [row[3] for row in cursor.fetchall()]
        assert not [step for step in plan if step.startswith("SCAN")], (sql, plan)


def log(*days: datetime) -> None:
    Call.objects.bulk_create(Call(request_id="r", started_at=day, route="default", origin="api") for day in days)


def test_the_date_links_reach_from_the_first_row_to_the_last() -> None:
    start = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    log(start, start + timedelta(days=3), start + timedelta(days=40))
    calls = DateRangeQuerySet(Call)
    assert [f"{day:%Y-%m}" for day in calls.datetimes("started_at", "month")] == ["2026-11", "2026-12", "2027-01"]
    assert [day.year for day in calls.datetimes("started_at", "year")] == [2026, 2027]
    first_days = calls.filter(started_at__lt=start + timedelta(days=4)).datetimes("started_at", "day")
    assert [day.day for day in first_days] == [29, 30, 1, 2]


def test_an_empty_log_has_no_date_links() -> None:
    assert DateRangeQuerySet(Call).datetimes("started_at", "day") == []
