"""The page that asks before a provider is taken out: what it says, what it does, what it refuses."""

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from llm.models import CircuitEvent, Override, Provider, Route, RouteEntry
from llm.stores.config.changes import announce
from tests.admin.asking import ask

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/llm/provider/"
DRAIN = {"action": "drain", "end": "7200", "reason": "new key"}


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


def test_a_release_is_a_button_of_its_own(providers: list[str], desk: Client) -> None:
    desk.post(url(), {**DRAIN, "action": "disable", "end": "released"})
    page = desk.get(LIST).content.decode()
    assert "by ada, until released" in page
    assert url("release") in page
    assert messages_of(desk.post(url("release")))[-1] == "claude: released; its circuit decides."
    assert ask().provider == "claude"


def test_it_may_last_until_a_date(providers: list[str], desk: Client) -> None:
    desk.post(url(), {**DRAIN, "end": "date", "until": "2099-05-01T08:30"})
    until = Override.objects.get().until
    assert until is not None
    assert f"{until:%Y-%m-%d %H:%M}" == "2099-05-01 08:30"


def test_the_page_tells_what_the_last_hour_would_have_got_and_who_is_left(providers: list[str], desk: Client) -> None:
    ask()
    asked = desk.get(url())
    page = asked.content.decode()
    assert "Without claude, of the one call in this period (60 min): 1 to gemini" in page
    assert "Left to answer: gemini, openai." in page
    assert all(field.value() is None for field in asked.context["form"])
    assert "Type its name" not in page
    french = desk.get(url(), headers={"Accept-Language": "fr"}).content.decode()
    assert "Restent pour répondre : gemini, openai." in french


def test_the_last_one_has_to_be_typed(providers: list[str], desk: Client) -> None:
    for name in ("gemini", "openai"):
        Provider.objects.filter(name=name).update(enabled=False)
    announce()
    page = desk.get(url()).content.decode()
    assert "It is the last provider: callers would get the static text." in page
    for typed in ({}, {"confirm": "gemini"}):
        refused = desk.post(url(), {**DRAIN, **typed})
        assert list(refused.context["form"].errors) == ["confirm"]
    assert not Override.objects.exists()
    assert desk.post(url(), {**DRAIN, "confirm": "claude"}).status_code == 302
    assert Override.objects.get().mode == "drain"


def test_a_route_that_loses_its_only_provider_asks_too(providers: list[str], desk: Client) -> None:
    route = Route.objects.get(name="suggestions")
    RouteEntry.objects.create(route=route, provider=Provider.objects.get(name="claude"))
    page = desk.get(url())
    assert "No provider is left in these routes: suggestions." in page.content.decode()
    assert list(desk.post(url(), DRAIN).context["form"].errors) == ["confirm"]


def test_forcing_it_closed_takes_nobody_out(providers: list[str], desk: Client) -> None:
    for name in ("gemini", "openai"):
        Provider.objects.filter(name=name).update(enabled=False)
    announce()
    assert desk.post(url(), {**DRAIN, "action": "force_closed"}).status_code == 302


def test_who_may_only_look_may_not_use_it(providers: list[str], staff: Callable[..., Client]) -> None:
    viewer = staff("view_provider")
    assert url() not in viewer.get(url("change")).content.decode()
    assert viewer.post(url(), DRAIN).status_code == 403
    assert viewer.post(url("release")).status_code == 403
    assert not Override.objects.exists()


def test_who_may_not_see_calls_gets_no_sums_of_them(providers: list[str], staff: Callable[..., Client]) -> None:
    page = staff("view_provider", "operate_provider").get(url()).content.decode()
    assert "Left to answer" in page
    assert "in this period" not in page


def test_only_a_post_with_a_csrf_token_acts(providers: list[str], desk: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert strict.post(url(), DRAIN).status_code == 403
    assert not Override.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"action": "explode"}, {"end": "7"}, {"reason": "x" * 201}, {"reason": ""}, {"until": "2001-01-01T00:00"}],
)
def test_a_bad_value_is_said_at_its_field_and_changes_nothing(
    wrong: dict[str, str], providers: list[str], desk: Client
) -> None:
    assert list(desk.post(url(), {**DRAIN, **wrong}).context["form"].errors) == list(wrong)
    assert not Override.objects.exists()


def test_the_timeline_screen_can_be_narrowed_to_an_operators_acts(providers: list[str], desk: Client) -> None:
    desk.post(url(), DRAIN)
    page = desk.get("/admin/llm/circuitevent/?after=drain").content.decode()
    assert "new key" in page
