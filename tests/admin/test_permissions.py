"""Permissions: each screen requires its model's view permission, each button the one to change."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from llm.models import Provider
from llm.simulator import Simulator
from tests.admin.asking import ask
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

SCREENS = ("provider", "route", "statictext", "consumerkey", "call", "circuitevent", "hourlyusage")
MACHINE_MADE = ("call", "circuitevent", "hourlyusage")
Staff = Callable[..., Client]


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_closed_to_staff_without_its_permission(screen: str, staff: Staff) -> None:
    address = f"/admin/llm/{screen}/"
    assert staff().get(address).status_code == 403
    assert staff(f"view_{screen}").get(address).status_code == 200


@pytest.mark.parametrize("screen", SCREENS)
def test_a_consumer_is_sent_to_the_login(screen: str, consumer: Person) -> None:
    client = Client()
    client.force_login(consumer.user)
    response = client.get(f"/admin/llm/{screen}/")
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("screen", MACHINE_MADE)
def test_nobody_writes_what_the_machine_writes(screen: str, desk: Client) -> None:
    assert desk.get(f"/admin/llm/{screen}/add/").status_code == 403
    assert "_selected_action" not in desk.get(f"/admin/llm/{screen}/").content.decode()


@pytest.mark.parametrize("act", ["retest", "reset"])
def test_who_may_only_look_may_not_press_buttons(act: str, sim: Simulator, providers: list[str], staff: Staff) -> None:
    viewer = staff("view_provider")
    claude = Provider.objects.get(name="claude")
    assert viewer.post(reverse(f"admin:llm_provider_{act}", args=[claude.pk])).status_code == 403
    viewer.post("/admin/llm/provider/", {"action": f"{act}_selected", "_selected_action": [str(claude.pk)]})
    assert sim.calls("claude") == 0
    assert f"/{act}/" not in viewer.get("/admin/llm/provider/").content.decode()


def test_who_may_only_look_sees_the_page_without_the_key_fields(providers: list[str], staff: Staff) -> None:
    claude = Provider.objects.get(name="claude")
    page = staff("view_provider").get(reverse("admin:llm_provider_change", args=[claude.pk]))
    assert page.status_code == 200
    assert 'name="api_key"' not in page.content.decode()
    assert claude.api_key_encrypted not in page.content.decode()


def test_a_provider_page_keeps_the_calls_from_who_may_not_see_calls(providers: list[str], staff: Staff) -> None:
    request_id = ask().call.request_id
    address = reverse("admin:llm_provider_change", args=[Provider.objects.get(name="claude").pk])
    assert request_id not in staff("view_provider").get(address).content.decode()
    assert request_id in staff("view_provider", "view_call").get(address).content.decode()


def test_the_first_page_shows_only_what_the_screens_would(providers: list[str], staff: Staff) -> None:
    bare = staff().get("/admin/").content.decode()
    assert "Answers now" not in bare
    assert "Calls in 24 h" not in bare
    full = staff("view_provider", "view_call").get("/admin/").content.decode()
    assert "Answers now" in full
    assert "Calls in 24 h" in full
