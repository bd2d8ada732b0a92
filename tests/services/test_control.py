"""Overrides: no new call is sent, running ones finish, and each action is recorded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from llm.core.calls import Answer, Completed, Started
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.circuit.override import Action, Mode
from llm.core.exceptions import UnknownProvider
from llm.models import Call, CircuitEvent, Override
from llm.services.calls.run import complete_sync, stream_sync
from llm.services.control import apply_action, override, release
from llm.services.probes.schedule import probe_due_sync
from llm.services.runtime import call_log
from llm.services.status import ProviderStatus, current_status_sync
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = ChatRequest(messages=(message(Role.USER, "My tap is leaking"),), language="en")


def ask() -> Answer:
    return complete_sync(REQUEST)


def of(name: str) -> ProviderStatus:
    return next(p for p in current_status_sync().providers if p.name == name)


def last_event() -> CircuitEvent:
    return CircuitEvent.objects.filter(provider="claude").latest("at", "id")


@pytest.mark.parametrize(
    ("mode", "state", "reason"),
    [
        (Mode.DISABLE, "disabled", "disabled_by_operator"),
        (Mode.DRAIN, "disabled", "draining"),
        (Mode.FORCE_OPEN, "open", "forced_open"),
    ],
)
def test_a_provider_kept_out_gets_no_call_and_the_record_says_why(
    mode: Mode, state: str, reason: str, sim: Simulator, providers: list[str]
) -> None:
    override("claude", mode, reason="new contract", by="ada")
    assert ask().provider == "gemini"
    assert sim.calls("claude") == 0
    call_log.flush()
    (skip,) = Call.objects.get().skips
    assert (skip["provider"], skip["reason"]) == ("claude", reason)
    assert skip["detail"].endswith("by ada: new contract")
    claude = of("claude")
    assert (claude.state, claude.available, claude.reason, claude.retry_at) == (state, False, reason, None)
    assert claude.override is not None
    assert (claude.override.mode, claude.override.by) == (mode, "ada")
    assert release("claude", by="bob")
    assert ask().provider == "claude"
    assert of("claude").override is None


def test_a_provider_forced_closed_is_asked_although_its_circuit_is_open(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    ask()
    sim.heal("claude")
    assert ask().provider == "gemini"
    override("claude", Mode.FORCE_CLOSED, by="ada")
    claude = of("claude")
    assert (claude.state, claude.available, claude.reason, claude.detail) == (
        "closed",
        True,
        None,
        "forced closed by ada",
    )
    answer = ask()
    assert answer.provider == "claude"
    assert answer.trail.attempts[0].why == "forced closed by ada"


def test_a_provider_forced_closed_that_fails_is_followed_by_the_next(sim: Simulator, providers: list[str]) -> None:
    override("claude", Mode.FORCE_CLOSED, by="ada")
    sim.fault("claude", "unavailable")
    for _ in range(8):
        assert ask().provider == "gemini"
    assert sim.calls("claude") >= 8


def test_a_running_call_finishes_while_its_provider_is_drained(sim: Simulator, providers: list[str]) -> None:
    sim.reply("claude", "one two three four", chunks=4, chunk_delay=0.2)
    running = stream_sync(REQUEST)
    assert isinstance(next(running), Started)
    override("claude", Mode.DRAIN, by="ada")
    assert ask().provider == "gemini"
    last = list(running)[-1]
    assert isinstance(last, Completed)
    assert (last.answer.provider, last.answer.completion.text) == ("claude", "one two three four")
    assert sim.calls("claude") == 1


def test_an_override_ends_by_itself(sim: Simulator, providers: list[str]) -> None:
    override("claude", Mode.DISABLE, until=datetime.now(UTC) + timedelta(hours=1), by="ada")
    assert ask().provider == "gemini"
    ended = datetime.now(UTC) - timedelta(seconds=1)
    row = Override.objects.get()
    row.until = ended
    row.save()
    assert ask().provider == "claude"
    assert (of("claude").state, of("claude").override) == ("closed", None)


def test_an_end_that_has_passed_is_refused(providers: list[str]) -> None:
    with pytest.raises(ValueError, match="in the future"):
        override("claude", Mode.DRAIN, until=datetime.now(UTC), by="ada")


@pytest.mark.parametrize("action", Action)
def test_an_unknown_provider_raises(action: Action, providers: list[str]) -> None:
    with pytest.raises(UnknownProvider):
        apply_action("mistral", action, by="ada")


def test_a_provider_kept_out_is_not_probed(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "reset")
    for _ in range(6):
        ask()
    past = datetime.now(UTC) - timedelta(seconds=1)
    circuit_store.change_now("claude", lambda circuit: replace(circuit, until=past), by="test")
    override("claude", Mode.DISABLE, by="ada")
    assert "claude" not in {result.provider for result in probe_due_sync()}
    release("claude", by="ada")
    assert "claude" in {result.provider for result in probe_due_sync()}


def test_one_override_makes_the_service_degraded_and_all_make_it_unavailable(providers: list[str]) -> None:
    override("claude", Mode.DRAIN, by="ada")
    assert current_status_sync().status == "degraded"
    for name in ("gemini", "openai"):
        override(name, Mode.FORCE_OPEN, by="ada")
    assert current_status_sync().status == "unavailable"
    assert ask().provider == "static"


def test_control_leaves_a_row_for_each_act_that_names_who_and_why(sim: Simulator, providers: list[str]) -> None:
    for action in Action:
        apply_action("claude", action, reason=f"because of {action}", by="ada")
        event = last_event()
        assert event.by == "ada"
        assert f"because of {action}" in event.detail, action


def test_a_reset_by_control_closes_the_circuit(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    ask()
    assert of("claude").state == "open"
    assert apply_action("claude", Action.RESET, by="ada").state == "closed"
    assert (last_event().reason, last_event().detail) == ("reset", "reset by hand")


def test_a_probe_by_control_is_made_and_its_result_recorded(sim: Simulator, providers: list[str]) -> None:
    apply_action("claude", Action.PROBE, by="ada")
    assert sim.counts("claude").models == 1
    assert last_event().detail == "ok: lists its models"
