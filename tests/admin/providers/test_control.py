"""The control form on a provider's page: its effect, its badge, its limits."""

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from llm.models import CircuitEvent, Override, Provider
from tests.admin.asking import ask

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/llm/provider/"
DRAIN = {"action": "drain", "seconds": "3600", "reason": "new key", "back": "page"}


def url(act: str = "control") -> str:
    return reverse(f"admin:llm_provider_{act}", args=[Provider.objects.get(name="claude").pk])


def messages_of(response: object) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def test_a_drain_holds_at_once_and_shows_on_list_and_page(providers: list[str], desk: Client) -> None:
    response = desk.post(url(), DRAIN)
    assert response["Location"] == url("change")
    (message,) = messages_of(response)
    assert message.startswith("claude: drained by ada until ")
    assert ask().provider == "gemini"
    for page in (desk.get(LIST), desk.get(url("change"))):
        text = page.content.decode()
        assert "draining" in text
        assert "by ada, until " in text
    event = CircuitEvent.objects.get(provider="claude")
    assert (event.after, event.detail, event.by) == ("drain", "new key", "ada")


def test_a_release_gives_it_back(providers: list[str], desk: Client) -> None:
    desk.post(url(), {**DRAIN, "action": "disable", "seconds": "0"})
    assert "by ada, until released" in desk.get(LIST).content.decode()
    response = desk.post(url(), {"action": "release", "seconds": "0", "reason": ""})
    assert messages_of(response)[-1] == "claude: released; its circuit decides."
    assert ask().provider == "claude"


def test_the_page_has_the_form_for_who_may_change_it(providers: list[str], desk: Client) -> None:
    page = desk.get(url("change")).content.decode()
    assert f'action="{url()}"' in page
    assert "force closed: calls whatever its circuit says" in page
    french = desk.get(url("change"), headers={"Accept-Language": "fr"}).content.decode()
    assert "libérer : son circuit décide de nouveau" in french


def test_who_may_only_look_may_not_use_it(providers: list[str], staff: Callable[..., Client]) -> None:
    viewer = staff("view_provider")
    assert url() not in viewer.get(url("change")).content.decode()
    assert viewer.post(url(), DRAIN).status_code == 403
    assert not Override.objects.exists()


def test_only_a_post_with_a_csrf_token_acts(providers: list[str], desk: Client) -> None:
    assert desk.get(url()).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert strict.post(url(), DRAIN).status_code == 403
    assert not Override.objects.exists()


@pytest.mark.parametrize("wrong", [{"action": "explode"}, {"seconds": "7"}, {"reason": "x" * 201}])
def test_a_bad_value_is_said_and_changes_nothing(wrong: dict[str, str], providers: list[str], desk: Client) -> None:
    (message,) = messages_of(desk.post(url(), {**DRAIN, **wrong}))
    assert message.startswith(next(iter(wrong)))
    assert not Override.objects.exists()


def test_the_timeline_screen_can_be_narrowed_to_an_operators_acts(providers: list[str], desk: Client) -> None:
    desk.post(url(), DRAIN)
    page = desk.get("/admin/llm/circuitevent/?after=drain").content.decode()
    assert "new key" in page
