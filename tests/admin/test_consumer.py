"""The screens of teams and consumers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from llm.models import Consumer, Team
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

TEAMS, CONSUMERS = "/admin/llm/team/", "/admin/llm/consumer/"


def send(desk: Client, address: str, **fields: Any) -> dict[str, list[str]]:
    """Sends a form whose bounds are empty but for `fields`; its errors, empty when it was taken."""
    page = desk.post(address, {"streaming": "on", "enabled": "on", **fields})
    return {} if page.status_code == 302 else dict(page.context["adminform"].form.errors)


def test_a_team_is_made_with_bounds_that_are_written_with_commas(desk: Client) -> None:
    assert not send(desk, f"{TEAMS}add/", name="shop", models="claude-*, gpt-5", networks="192.0.2.0/24", max_tokens=50)

    team = Team.objects.get()
    assert (team.models, team.networks, team.max_tokens) == (["claude-*", "gpt-5"], ["192.0.2.0/24"], 50)
    assert "claude-* gpt-5" in desk.get(TEAMS).content.decode()


def test_a_bound_that_cannot_be_read_is_named(desk: Client) -> None:
    faults = send(desk, f"{TEAMS}add/", name="shop", networks="192.0.2.0/99", endpoints="chat, teleport")
    assert set(faults) == {"networks", "endpoints"}
    assert not Team.objects.exists()


def test_the_names_of_teams_and_consumers_stay(desk: Client, consumer: Person) -> None:
    team = Team.objects.create(name="shop")
    row = Consumer.objects.create(name="till", user=consumer.user)

    assert not send(desk, reverse("admin:llm_team_change", args=[team.pk]), name="other", note="Douala")
    assert not send(desk, reverse("admin:llm_consumer_change", args=[row.pk]), name="other", team=team.pk)

    team.refresh_from_db()
    row.refresh_from_db()
    assert (team.name, team.note) == ("shop", "Douala")
    assert (row.name, row.team) == ("till", team)


def test_a_team_with_consumers_is_not_deleted(desk: Client, consumer: Person) -> None:
    team = Team.objects.create(name="shop")
    Consumer.objects.create(name="till", user=consumer.user, team=team)
    desk.post(reverse("admin:llm_team_delete", args=[team.pk]), {"post": "yes"})
    assert Team.objects.filter(pk=team.pk).exists()


def test_a_consumer_without_a_user_gets_one_that_cannot_sign_in(desk: Client) -> None:
    assert not send(desk, f"{CONSUMERS}add/", name="till")

    user = Consumer.objects.get(name="till").user
    assert (user.get_username(), user.is_staff, user.has_usable_password()) == ("till", False, False)


def test_a_consumer_does_not_take_a_users_name_without_naming_that_user(desk: Client) -> None:
    user = get_user_model().objects.create_user("till")

    assert set(send(desk, f"{CONSUMERS}add/", name="till")) == {"user"}
    assert not send(desk, f"{CONSUMERS}add/", name="till", user=user.pk)


def test_staff_make_no_consumer_with_the_rights_of_other_staff(staff: Callable[..., Client], admin: Person) -> None:
    theirs = staff("view_consumer", "add_consumer")
    before = get_user_model().objects.count()

    assert set(send(theirs, f"{CONSUMERS}add/", name="till", user=admin.user.pk)) == {"user"}
    assert not Consumer.objects.filter(name="till").exists()
    assert get_user_model().objects.count() == before


def test_a_consumer_is_found_by_team_and_switched_off(desk: Client, consumer: Person) -> None:
    team = Team.objects.create(name="shop")
    row = Consumer.objects.create(name="till", user=consumer.user, team=team)
    Consumer.objects.create(name="elsewhere", user=consumer.user)

    page = desk.get(f"{CONSUMERS}?team__id__exact={team.pk}").content.decode()
    assert "till" in page
    assert "elsewhere" not in page
    desk.post(reverse("admin:llm_consumer_change", args=[row.pk]), {"streaming": "on", "team": team.pk})
    row.refresh_from_db()
    assert not row.enabled
