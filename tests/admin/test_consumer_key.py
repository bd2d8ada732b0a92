"""The consumer keys' screen: shown once, then known by their beginning only."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llm.models import ConsumerKey
from llm.stores.config import keys
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/llm/consumerkey/"
KEY = re.compile(r"djb_[A-Za-z0-9_-]{43}")


def make(desk: Client, person: Person, **more: str) -> str:
    response = desk.post(f"{LIST}add/", {"user": person.user.pk, "name": "app", **more})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    (text,) = KEY.findall(response.content.decode())
    return text


def test_a_new_key_is_shown_once_and_works(desk: Client, consumer: Person) -> None:
    text = make(desk, consumer)
    row = ConsumerKey.objects.get(name="app")
    assert row.digest == keys.digest(text)
    assert row.user == consumer.user
    for address in (LIST, reverse("admin:llm_consumerkey_change", args=[row.pk]), "/admin/"):
        page = desk.get(address).content.decode()
        assert text not in page
        assert row.digest not in page
    assert row.prefix in desk.get(LIST).content.decode()


def test_the_new_key_is_in_no_cookie_and_no_session(desk: Client, consumer: Person) -> None:
    text = make(desk, consumer)
    assert text not in str(desk.cookies)
    assert text not in str(dict(desk.session))


def test_a_key_that_would_be_over_already_is_refused(desk: Client, consumer: Person) -> None:
    past = timezone.now() - timedelta(days=1)
    response = desk.post(
        f"{LIST}add/",
        {"user": consumer.user.pk, "name": "late", "expires_at_0": f"{past:%Y-%m-%d}", "expires_at_1": "10:00:00"},
    )
    assert list(response.context["adminform"].form.errors) == ["expires_at"]
    assert not ConsumerKey.objects.filter(name="late").exists()


def test_the_action_revokes_for_good(desk: Client, consumer: Person) -> None:
    make(desk, consumer)
    row = ConsumerKey.objects.get(name="app")
    desk.post(LIST, {"action": "revoke", "_selected_action": [str(row.pk)]})
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert "revoked" in desk.get(LIST).content.decode()


def test_a_key_is_neither_edited_nor_deleted(desk: Client, consumer: Person) -> None:
    make(desk, consumer)
    row = ConsumerKey.objects.get(name="app")
    desk.post(reverse("admin:llm_consumerkey_change", args=[row.pk]), {"name": "taken over", "digest": "0" * 64})
    assert desk.post(reverse("admin:llm_consumerkey_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    after = ConsumerKey.objects.get(pk=row.pk)
    assert (after.name, after.digest) == (row.name, row.digest)
