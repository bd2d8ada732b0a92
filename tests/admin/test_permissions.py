"""Permissions by themselves, without groups: screens, buttons, content, keys. All pages: `tests/rights/`."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llm.models import Call, ConsumerKey, Provider
from llm.simulator import Simulator
from tests.admin.asking import ask
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

SCREENS = ("provider", "route", "statictext", "consumerkey", "call", "circuitevent")
MACHINE_MADE = ("call", "circuitevent")
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


def test_the_right_to_operate_shows_the_buttons_and_the_right_to_change_alone_does_not(
    providers: list[str], staff: Staff
) -> None:
    claude = Provider.objects.get(name="claude")
    pages = ("/admin/llm/provider/", reverse("admin:llm_provider_change", args=[claude.pk]))
    operator, editor = staff("view_provider", "operate_provider"), staff("change_provider")
    for page, act in zip(pages, ("retest", "reset"), strict=True):
        assert f"/{claude.pk}/{act}/" in operator.get(page).content.decode()
        assert f"/{claude.pk}/{act}/" not in editor.get(page).content.decode()
    assert f"/{claude.pk}/control/" in operator.get(pages[1]).content.decode()
    assert f"/{claude.pk}/control/" not in editor.get(pages[1]).content.decode()
    assert "reset_selected" in operator.get(pages[0]).content.decode()
    assert "reset_selected" not in editor.get(pages[0]).content.decode()
    for act in ("retest", "reset", "control"):
        assert editor.post(reverse(f"admin:llm_provider_{act}", args=[claude.pk])).status_code == 403
    assert operator.post(reverse("admin:llm_provider_reset", args=[claude.pk])).status_code == 302


def test_kept_content_needs_a_right_of_its_own(transactional_db: None, staff: Staff) -> None:
    call = Call.objects.create(
        request_id="r-1",
        started_at=timezone.now(),
        route="default",
        origin="chat",
        status="ok",
        prompt="a leak at home",
    )
    address = reverse("admin:llm_call_change", args=[call.pk])
    assert "a leak at home" not in staff("view_call").get(address).content.decode()
    assert "a leak at home" in staff("view_call", "view_content").get(address).content.decode()


def test_a_key_for_other_staff_is_made_by_superusers_alone(
    desk: Client, consumer: Person, admin: Person, staff: Staff
) -> None:
    maker = staff("view_consumerkey", "add_consumerkey")

    def post(client: Client, owner: Person) -> int:
        before = ConsumerKey.objects.count()
        client.post("/admin/llm/consumerkey/add/", {"user": owner.user.pk, "name": "new"})
        return ConsumerKey.objects.count() - before

    assert post(maker, consumer) == 1
    assert post(maker, admin) == 0
    assert post(desk, admin) == 1


def test_whom_a_key_may_be_for_is_shown_without_password_hashes(consumer: Person, transactional_db: None) -> None:
    viewer = User.objects.create_user("carol", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_user"))
    client = Client()
    client.force_login(viewer)
    page = client.get(f"/admin/auth/user/{consumer.user.pk}/change/").content.decode()
    assert consumer.user.username in page
    assert consumer.user.password.rsplit("$", 1)[-1] not in page
