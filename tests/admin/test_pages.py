"""What-if, drills and the simulator's panel, and the badge of simulated answers."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from llm.admin.drills import page as drills
from llm.conf import llm_settings
from llm.core.failures.policy import ErrorClass
from llm.drills import CATALOGUE, Drill
from llm.drills.report import VENDORS
from llm.simulator import Simulator
from tests.admin.asking import ask
from tests.rights.english import english_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_calls_of_a_period_are_replayed_without_a_provider(providers: list[str], desk: Client) -> None:
    ask()
    page = desk.get("/admin/what-if/", {"down": "claude", "last": "3600"})
    words = page.content.decode()
    assert "Without claude, of the one call in this period (60 min): 1 to gemini" in words
    assert page.context["table"].rows[0][:2] == ("gemini", "1")
    assert page.context["replay"].result.moved == 1
    assert desk.get("/admin/what-if/", {"down": "nobody", "last": "3600"}).context.get("replay") is None
    french = desk.get("/admin/what-if/", {"down": "claude", "last": "3600"}, headers={"Accept-Language": "fr"})
    assert "Sans claude, sur le seul appel de cette période" in french.content.decode()


def test_a_click_breaks_a_simulated_vendor_and_another_heals_it(
    sim: Simulator, providers: list[str], desk: Client, settings: Any
) -> None:
    settings.LLM = {**settings.LLM, "SIMULATOR": "on", "SIMULATOR_PORT": sim.port}
    assert llm_settings().simulated
    page = desk.get("/admin/simulator/").content.decode()
    assert "no answer is real" in page
    assert "Simulated" in page
    desk.post("/admin/simulator/", {"account": "claude", "fault": "credit"})
    assert ask().provider == "gemini"
    assert "Heal" in desk.get("/admin/simulator/").content.decode()
    desk.post("/admin/simulator/", {"account": "claude", "fault": "ok"})
    assert "Heal" not in desk.get("/admin/simulator/").content.decode()
    refused = desk.post("/admin/simulator/", {"account": "claude", "fault": "explode"}, follow=True)
    assert "There is no such fault." in refused.content.decode()


def test_with_real_vendors_there_is_no_panel_and_no_badge(desk: Client, settings: Any) -> None:
    settings.LLM = {**settings.LLM, "SIMULATOR": "off"}
    page = desk.get("/admin/simulator/").content.decode()
    assert "The vendors are real." in page
    assert "Simulated" not in page
    assert 'name="fault"' not in page


def test_drills_are_listed_and_one_at_a_time_is_played(desk: Client) -> None:
    page = desk.get("/admin/drills/").content.decode()
    assert all(name in page for name in CATALOGUE)
    slow = next(name for name, drill in CATALOGUE.items() if drill.slow)
    assert "This drill is not played here." in desk.post("/admin/drills/", {"name": slow}).content.decode()
    quick = next(name for name, drill in CATALOGUE.items() if not drill.slow and not drill.needs_redis)
    cache.set(drills.LOCK, "another")
    try:
        assert "Another drill is being played" in desk.post("/admin/drills/", {"name": quick}).content.decode()
    finally:
        cache.delete(drills.LOCK)


@pytest.mark.parametrize("drill", CATALOGUE.values(), ids=CATALOGUE)
def test_what_a_drill_promises_is_shown_in_french(drill: Drill) -> None:
    names = frozenset({*VENDORS, "static", *ErrorClass})
    with translation.override("fr"):
        for promise in (expected.promise for expected in drill.expects):
            shown = f"{translation.gettext(promise.scene)} : {drills.in_own_language(promise.words, promise.values)}"
            assert english_in(f"<p>{shown}</p>", names, frozenset()) == set(), shown
