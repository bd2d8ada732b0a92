"""The smaller screens, the first page, and the languages."""

import gettext
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import llm
from llm.models import CircuitEvent, Provider, Route, RouteEntry, StaticText
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from tests.admin.asking import ask
from tests.stores.circuits.weather import gone

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_route_shows_its_own_chain_or_that_it_uses_all(providers: list[str], desk: Client) -> None:
    route = Route.objects.get(name="suggestions")
    for place, name in enumerate(["openai", "claude"]):
        RouteEntry.objects.create(route=route, provider=Provider.objects.get(name=name), priority=place)
    page = desk.get("/admin/llm/route/").content.decode()
    assert "openai → claude" in page
    assert "all providers" in page


def test_a_route_gets_its_chain_on_its_page(providers: list[str], desk: Client) -> None:
    route = Route.objects.get(name="conversation")
    data = {
        "name": route.name,
        "on_refusal": "next",
        "stream_mode": "live",
        "max_wait_s": 2,
        "hedge_cap_percent": 2,
        "standby_below_percent": 20,
        "strategy": "priority",
        **dict.fromkeys(Route.WEIGHTS, 1),
        "entries-TOTAL_FORMS": 1,
        "entries-INITIAL_FORMS": 0,
    }
    data |= {"entries-0-provider": str(Provider.objects.get(name="gemini").pk), "entries-0-priority": 1}
    data |= {"entries-0-weight": 1}
    assert desk.post(reverse("admin:llm_route_change", args=[route.pk]), data).status_code == 302
    assert ask(route="conversation").provider == "gemini"


def test_an_edited_static_text_is_the_next_answer(sim: Simulator, providers: list[str], desk: Client) -> None:
    text = StaticText.objects.get(route="default", language="en")
    data = {"route": "default", "language": "en", "text": "Back at noon."}
    assert desk.post(reverse("admin:llm_statictext_change", args=[text.pk]), data).status_code == 302
    for name in providers:
        sim.fault(name, "credit")
    assert ask().completion.text == "Back at noon."


def test_a_static_text_belongs_to_a_route_that_exists(providers: list[str], desk: Client) -> None:
    response = desk.post("/admin/llm/statictext/add/", {"route": "nowhere", "language": "en", "text": "x"})
    assert list(response.context["adminform"].form.errors) == ["route"]


def test_the_timeline_filters_by_provider_and_state(sim: Simulator, providers: list[str], desk: Client) -> None:
    for name in ("claude", "gemini"):
        sim.fault(name, "credit")
    ask()

    def shown(**query: str) -> list[str]:
        return [e.provider for e in desk.get("/admin/llm/circuitevent/", query).context["cl"].result_list]

    assert sorted(shown()) == ["claude", "gemini"]
    assert shown(provider="gemini", after="open") == ["gemini"]
    assert shown(after="closed") == []
    event = CircuitEvent.objects.filter(provider="claude").first()
    assert event is not None
    assert desk.get(reverse("admin:llm_circuitevent_change", args=[event.pk])).status_code == 200


def test_people_are_managed_in_the_same_look(desk: Client) -> None:
    for screen in ("user", "group"):
        assert desk.get(f"/admin/auth/{screen}/").status_code == 200
        assert desk.get(f"/admin/auth/{screen}/add/").status_code == 200


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "has not answered in time since"), ("fr", "ne répond plus à temps depuis")],
)
def test_a_banner_says_that_the_circuit_store_is_offline(
    language: str, words: str, providers: list[str], desk: Client
) -> None:
    claude = Provider.objects.get(name="claude")
    screens = ("/admin/", "/admin/llm/provider/", reverse("admin:llm_provider_change", args=[claude.pk]))

    def banners() -> list[bool]:
        return [words in desk.get(screen, headers={"Accept-Language": language}).content.decode() for screen in screens]

    assert banners() == [False] * 3
    with gone("llm_circuit"):
        circuit_store.forget()
        assert banners() == [True] * 3


def test_every_screen_opens_in_french(sim: Simulator, providers: list[str], desk: Client) -> None:
    sim.fault("claude", "credit")
    ask()
    page = desk.get("/admin/llm/provider/", headers={"Accept-Language": "fr"}).content.decode()
    assert "ouvert : crédit épuisé" in page
    assert "Rechargé : tester, puis remettre" in page
    for screen in ("route", "statictext", "consumerkey", "call", "circuitevent"):
        assert desk.get(f"/admin/llm/{screen}/", headers={"Accept-Language": "fr"}).status_code == 200


def test_the_french_is_complete_and_compiled() -> None:
    folder = Path(llm.__file__).parent / "locale/fr/LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        french = gettext.GNUTranslations(file)
    phrase = r'^(?:msgctxt "(.+)"\n)?msgid "(.+)"\nmsgstr "(.*)"$'
    phrases = re.findall(phrase, (folder / "django.po").read_text(), re.MULTILINE)
    assert len(phrases) > 100

    def plain(text: str) -> str:
        return text.replace('\\"', '"')

    def compiled(context: str, english: str) -> str:
        return french.pgettext(context, plain(english)) if context else french.gettext(plain(english))

    assert [
        english for context, english, text in phrases if not text or compiled(context, english) != plain(text)
    ] == []
