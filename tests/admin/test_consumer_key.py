"""The consumer keys' screen: shown once, then known by their beginning only."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llm.models import Budget, ConsumerKey, Limit
from llm.stores.config import keys
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/llm/consumerkey/"
KEY = re.compile(r"djb_[A-Za-z0-9_-]{43}")


def make(desk: Client, person: Person, **more: str) -> str:
    response = desk.post(f"{LIST}add/", {"user": person.user.pk, "name": "app", **more})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    (text,) = set(KEY.findall(response.content.decode()))
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


def test_one_form_makes_a_partner_with_a_budget_and_a_limit(desk: Client) -> None:
    data = {"new_consumer": "partner-one", "name": "bot", "routes": "conversation", "streaming": "on"}
    page = desk.post(
        f"{LIST}add/", {**data, "budget_usd": "20", "budget_span": "month", "requests_per_minute": "60"}
    ).content.decode()
    key = ConsumerKey.objects.get(name="bot")
    assert (key.consumer.name, key.user.username, key.user.has_usable_password()) == (
        "partner-one",
        "partner-one",
        False,
    )
    budget, limit = Budget.objects.get(), Limit.objects.get()
    assert (budget.scope, budget.target, budget.usd, budget.span, budget.soft) == (
        "key",
        str(key.pk),
        20,
        "month",
        False,
    )
    assert (limit.target, limit.requests_per_minute) == (str(key.pk), 60)
    (text,) = set(KEY.findall(page))
    for line in ("curl -sS http://testserver/v1/chat/completions", "OpenAI(base_url=", "Anthropic(base_url="):
        assert line in page
    assert page.count(text) == 5
    assert "conversation" in page
    listed = desk.get(LIST).content.decode()
    assert "$0.00 of $20.00, renews in" in listed


def test_a_key_belongs_to_one_and_a_new_name_is_new(desk: Client, consumer: Person) -> None:
    for given, field in (
        ({}, "user"),
        ({"user": consumer.user.pk, "new_consumer": "two"}, "user"),
        ({"new_consumer": consumer.user.username}, "new_consumer"),
        ({"new_consumer": "no blanks"}, "new_consumer"),
    ):
        refused = desk.post(f"{LIST}add/", {"name": "x", **given})
        assert list(refused.context["adminform"].form.errors) == [field]


def test_a_key_is_rotated_and_revoked_on_its_page(desk: Client, consumer: Person) -> None:
    old = make(desk, consumer)
    row = ConsumerKey.objects.get(name="app")
    address = reverse("admin:llm_consumerkey_change", args=[row.pk])
    assert "Revoke for good" in desk.get(address).content.decode()
    page = desk.post(reverse("admin:llm_consumerkey_rotate", args=[row.pk])).content.decode()
    assert set(KEY.findall(page)).isdisjoint({old})
    assert desk.post(reverse("admin:llm_consumerkey_revoke", args=[row.pk]))["Location"] == address
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert "Revoke for good" not in desk.get(address).content.decode()


def test_the_action_gives_one_key_a_new_secret_and_shows_it_once(desk: Client, consumer: Person) -> None:
    first = make(desk, consumer)
    row = ConsumerKey.objects.get(name="app")

    page = desk.post(LIST, {"action": "rotate", "_selected_action": [str(row.pk)]})

    (fresh,) = set(KEY.findall(page.content.decode()))
    row.refresh_from_db()
    assert "no-store" in page["Cache-Control"]
    assert (row.digest, row.previous_digest) == (keys.digest(fresh), keys.digest(first))
    for address in (LIST, reverse("admin:llm_consumerkey_change", args=[row.pk])):
        assert fresh not in desk.get(address).content.decode()
    assert fresh[:8] in desk.get(LIST).content.decode()


@pytest.mark.parametrize("chosen", [("app", "second"), ("revoked",)], ids=["two", "revoked"])
def test_two_keys_or_a_revoked_one_get_no_new_secret(desk: Client, consumer: Person, chosen: tuple[str, ...]) -> None:
    for name in ("app", "second", "revoked"):
        make(desk, consumer, name=name)
    keys.revoke(ConsumerKey.objects.get(name="revoked"))
    before = set(ConsumerKey.objects.values_list("digest", flat=True))
    posted = [str(row.pk) for row in ConsumerKey.objects.filter(name__in=chosen)]

    page = desk.post(LIST, {"action": "rotate", "_selected_action": posted}, follow=True).content.decode()

    assert "Choose one key that is not revoked." in page
    assert set(ConsumerKey.objects.values_list("digest", flat=True)) == before


def test_staff_give_no_new_secret_to_another_staff_members_key(staff: Callable[..., Client], admin: Person) -> None:
    row = ConsumerKey.objects.get(user=admin.user)
    theirs = staff("view_consumerkey", "change_consumerkey")

    page = theirs.post(LIST, {"action": "rotate", "_selected_action": [str(row.pk)]}, follow=True)

    assert "only superusers make keys for other staff" in page.content.decode()
    assert ConsumerKey.objects.get(pk=row.pk).digest == row.digest
