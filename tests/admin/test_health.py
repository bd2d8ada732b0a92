"""Admin, API, commands and alerts agree on who answers now, in the same words."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from llm.alerts.conditions.watched import conditions
from llm.alerts.decide import Ledger
from llm.alerts.events import Topic
from llm.alerts.evidence import gather
from llm.core.circuit.override import Mode
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import Standing
from llm.models import Provider
from llm.services.control import override
from llm.services.providers import set_api_key
from llm.simulator import Simulator
from llm.stores.circuits import rows
from llm.stores.circuits.store import circuit_store
from tests.admin.asking import ask
from tests.commands.running import Run, run
from tests.conftest import Person

__all__ = ["run"]

pytestmark = pytest.mark.django_db(transaction=True)


def put(name: str, *, wait_s: float, reason: ErrorClass = ErrorClass.CONNECTION) -> None:
    """Opens the circuit; a negative wait is over."""
    now = datetime.now(UTC)
    circuit = Circuit(
        state=CircuitState.OPEN, generation=1, reason=reason, since=now, until=now + timedelta(seconds=wait_s)
    )
    rows.change(name, lambda _: circuit, now=now, by="test")
    circuit_store.refresh()


def everywhere(client: Client, desk: Client, admin: Person, run: Run) -> dict[str, bool]:
    """Whether a provider is available, as each surface tells it."""
    status = client.get("/api/llm/status", headers=admin.headers).json()
    health = client.get("/api/llm/health")
    facts = gather(Ledger(), None, datetime.now(UTC))
    all_down = next(each for each in conditions(facts) if each.subject.topic is Topic.ALL_DOWN)
    listed = json.loads(run("llm_providers", "--json").out)
    strips = [desk.get("/admin/").context["strip"].strip, desk.get("/admin/llm/provider/").context["cl"].strip]
    number = sum(each["available"] for each in status["providers"])
    assert [strip.live for strip in strips] == [number] * 2
    assert health.json()["active_providers"] == number
    assert [each["standing"] for each in listed["providers"]] == [each["standing"] for each in status["providers"]]
    return {
        "health": health.status_code == 200,
        "status": status["status"] != "unavailable",
        "first page": strips[0].status != "unavailable",
        "list": strips[1].status != "unavailable",
        "llm_providers": listed["status"] != "unavailable",
        "alerts": not all_down.on,
    }


def test_an_account_whose_wait_is_over_is_to_be_tried_and_does_not_answer(
    client: Client, desk: Client, admin: Person, run: Run, sim: Simulator, providers: list[str]
) -> None:
    put("claude", wait_s=300, reason=ErrorClass.CREDIT_EXHAUSTED)
    for name in ("gemini", "openai"):
        override(name, Mode.DRAIN, by="ada")
    second = Provider.objects.create(
        name="claude-b", kind="claude", model="claude-sonnet-5-5", base_url="http://127.0.0.1:9", priority=50
    )
    set_api_key(second, "never-answered")
    put("claude-b", wait_s=-1)
    assert set(everywhere(client, desk, admin, run).values()) == {False}
    for page in ("/admin/", "/admin/llm/provider/"):
        english = desk.get(page).content.decode()
        assert "no provider for certain" in english
        assert "to be tried: claude-b" in english
        french = desk.get(page, headers={"Accept-Language": "fr"}).content.decode()
        assert "aucun fournisseur avec certitude" in french
        assert "à essayer : claude-b" in french
    assert run("llm_healthcheck", "--provider", "claude-b").code == 1
    listed = json.loads(run("llm_providers", "--json").out)["providers"]
    assert {row["name"]: row["standing"] for row in listed}["claude-b"] == "to_be_tried"


def test_a_new_account_is_available_and_to_be_tried(
    client: Client, desk: Client, admin: Person, run: Run, providers: list[str]
) -> None:
    assert set(everywhere(client, desk, admin, run).values()) == {True}
    strip = desk.get("/admin/").context["strip"].strip
    assert (strip.answering, strip.to_be_tried, strip.unavailable) == ("", tuple(providers), ())
    assert run("llm_healthcheck").code == 0


def test_who_has_answered_answers(client: Client, desk: Client, admin: Person, run: Run, providers: list[str]) -> None:
    assert ask().provider == "claude"
    assert set(everywhere(client, desk, admin, run).values()) == {True}
    strip = desk.get("/admin/").context["strip"].strip
    assert (strip.answering, strip.to_be_tried) == ("claude", ("gemini", "openai"))


@pytest.mark.parametrize("wait_s", [300, -1])
@pytest.mark.parametrize("reason", [ErrorClass.SERVER_ERROR, ErrorClass.CREDIT_EXHAUSTED, ErrorClass.AUTH])
def test_when_all_are_out_every_surface_says_so(
    reason: ErrorClass, wait_s: float, client: Client, desk: Client, admin: Person, run: Run, providers: list[str]
) -> None:
    for name in providers:
        put(name, wait_s=wait_s, reason=reason)
    assert set(everywhere(client, desk, admin, run).values()) == {False}
    strip = desk.get("/admin/").context["strip"].strip
    tried = wait_s < 0 and reason is not ErrorClass.AUTH
    assert (strip.answering, strip.to_be_tried) == (("", tuple(providers)) if tried else ("static text", ()))


@pytest.mark.parametrize("mode", [Mode.DRAIN, Mode.DISABLE, Mode.FORCE_OPEN])
def test_who_is_kept_out_counts_for_nobody(
    mode: Mode, client: Client, desk: Client, admin: Person, run: Run, providers: list[str]
) -> None:
    for name in providers:
        override(name, mode, by="ada")
    assert set(everywhere(client, desk, admin, run).values()) == {False}


def test_who_is_forced_closed_is_to_be_tried_although_its_circuit_is_open(
    client: Client, desk: Client, admin: Person, run: Run, providers: list[str]
) -> None:
    for name in providers:
        put(name, wait_s=300)
    override("gemini", Mode.FORCE_CLOSED, by="ada")
    assert set(everywhere(client, desk, admin, run).values()) == {True}
    assert desk.get("/admin/").context["strip"].strip.to_be_tried == ("gemini",)


WORDS = {
    Standing.ANSWERS: ("serving", "en service"),
    Standing.TO_BE_TRIED: ("to be tried", "à essayer"),
    Standing.RETURNING: ("returning", "de retour"),
    Standing.WAITS: ("out for now", "hors service pour l'instant"),
    Standing.OUT: ("out", "hors service"),
    Standing.DISABLED: ("disabled", "désactivé"),
    Standing.NO_KEY: ("no key", "sans clé"),
    Standing.KEPT_OUT: ("held", "écarté par un opérateur"),
}


def set_up(standing: Standing) -> None:
    """Brings claude there, by what brings it there in life."""
    claude = Provider.objects.get(name="claude")
    match standing:
        case Standing.ANSWERS | Standing.RETURNING:
            ask()
            if standing is Standing.RETURNING:
                now = datetime.now(UTC)
                rows.change("claude", lambda held: replace(held, ramping=True, since=now), now=now, by="test")
                circuit_store.refresh()
        case Standing.TO_BE_TRIED:
            put("claude", wait_s=-1)
        case Standing.WAITS:
            put("claude", wait_s=300)
        case Standing.OUT:
            put("claude", wait_s=300, reason=ErrorClass.AUTH)
        case Standing.DISABLED:
            claude.enabled = False
            claude.save()
        case Standing.NO_KEY:
            set_api_key(claude, "")
        case Standing.KEPT_OUT:
            override("claude", Mode.DRAIN, by="ada")


@pytest.mark.parametrize("standing", Standing)
def test_list_page_and_commands_use_the_same_words(
    standing: Standing, client: Client, desk: Client, admin: Person, run: Run, sim: Simulator, providers: list[str]
) -> None:
    set_up(standing)
    english, french = WORDS[standing]
    shown = client.get("/api/llm/status", headers=admin.headers).json()["providers"][0]
    assert shown["standing"] == standing
    change = reverse("admin:llm_provider_change", args=[Provider.objects.get(name="claude").pk])
    for language, words in (("en", english), ("fr", french)):
        headers = {"Accept-Language": language}
        row = desk.get("/admin/llm/provider/", headers=headers).context["cl"].cards[0]
        assert row.provider.name == "claude"
        for page in ("/admin/llm/provider/", change):
            badge = rf"<span[^>]*>\s*{escape(words)}\s*</span>"
            assert re.search(badge, desk.get(page, headers=headers).content.decode())
    assert f" {english} " in next(line for line in run("llm_providers").out.splitlines() if " claude " in line)
