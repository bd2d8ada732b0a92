"""What a command in another shell tells the running gateway's circuits: its successes, and no failure of its own."""

import getpass
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from llm.core.circuit.override import Action
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.management.operator import NOT_RECORDED, operator
from llm.models import Attempt, Call, CircuitEvent, Provider
from llm.services.calls.run import complete_sync
from llm.services.control import apply_action
from llm.services.providers import set_api_key
from llm.services.runtime import call_log
from llm.simulator import Simulator
from llm.stores.circuits import rows
from llm.stores.circuits.store import circuit_store
from tests.commands.running import Run
from tests.services.test_control import REQUEST

pytestmark = pytest.mark.django_db(transaction=True)

FAILING = {
    "the list of models": ("llm_healthcheck", "--provider", "claude"),
    "a completion": ("llm_healthcheck", "--provider", "claude", "--live"),
    "a question": ("llm_ask", "Bonjour"),
    "a streamed question": ("llm_ask", "Bonjour", "--stream"),
    "an operator's probe": ("llm_control", "claude", "probe"),
}
OUTAGE = Circuit(
    state=CircuitState.OPEN, generation=1, reason=ErrorClass.SERVER_ERROR, since=datetime(2026, 11, 23, tzinfo=UTC)
)


def circuit(name: str = "claude") -> Circuit:
    """The shared circuit, with all that this process has counted."""
    circuit_store.refresh()
    return rows.read_one(name)


def put(stored: Circuit) -> None:
    rows.change("claude", lambda _: stored, now=datetime.now(UTC), by="test")
    circuit_store.refresh()


def transitions() -> list[CircuitEvent]:
    """The events of the circuit itself, without those that note an operator's act."""
    return list(CircuitEvent.objects.filter(provider="claude").exclude(reason="probe").exclude(by="test"))


@pytest.mark.parametrize("fault", ["server_error", "wrong_key"])
@pytest.mark.parametrize("command", FAILING)
def test_a_failure_leaves_no_trace_in_the_circuit(
    command: str, fault: str, run: Run, providers: list[str], sim: Simulator
) -> None:
    sim.fault("claude", fault)
    for _ in range(6):
        run(*FAILING[command])
    assert circuit() == Circuit()
    assert transitions() == []
    assert sim.calls("claude") + sim.counts("claude").models >= 6


@pytest.mark.parametrize("command", FAILING)
def test_with_record_a_failure_counts_and_the_event_names_the_command(
    command: str, run: Run, providers: list[str], sim: Simulator
) -> None:
    sim.fault("claude", "wrong_key")
    run(*FAILING[command], "--record")
    assert circuit().state is CircuitState.OPEN
    name = "command" if FAILING[command][0] == "llm_control" else FAILING[command][0]
    assert [event.by for event in transitions()] == [operator(name)]


def test_the_operator_is_the_account_at_the_terminal() -> None:
    assert operator("llm_ask") == f"llm_ask ({getpass.getuser()})"


def test_an_unreachable_address_in_this_shell_is_not_the_vendors_fault(run: Run, providers: list[str]) -> None:
    row = Provider.objects.get(name="claude")
    row.base_url = "http://127.0.0.1:9"
    row.save()
    for _ in range(6):
        assert run("llm_healthcheck", "--provider", "claude").code == 1
        assert run("llm_ask", "Bonjour").code == 0
    assert circuit() == Circuit()


def test_the_money_that_a_question_costs_is_recorded_all_the_same(
    run: Run, providers: list[str], sim: Simulator
) -> None:
    sim.fault("claude", "server_error")
    run("llm_ask", "Bonjour")
    call_log.flush()
    call = Call.objects.get()
    assert (call.status, call.provider, call.consumer) == ("ok", "gemini", "llm_ask")
    assert set(Attempt.objects.values_list("provider", "outcome")) == {("claude", "failed"), ("gemini", "ok")}
    assert call.cost_usd is not None


@pytest.mark.parametrize("command", ["a completion", "a question", "a streamed question"])
def test_an_answer_counts(command: str, run: Run, providers: list[str]) -> None:
    run(*FAILING[command])
    assert circuit().answered_account
    assert sum(bucket.ok for bucket in circuit().window) == 1


def test_an_answer_helps_to_close_a_circuit_and_the_event_names_the_command(run: Run, providers: list[str]) -> None:
    put(replace(OUTAGE, until=datetime.now(UTC) - timedelta(seconds=1)))
    run("llm_healthcheck", "--provider", "claude", "--live")
    assert circuit().state is CircuitState.HALF_OPEN
    assert [event.by for event in transitions()] == [operator("llm_healthcheck")]


@pytest.mark.parametrize(
    "command", [*FAILING.values(), ("llm_healthcheck", "--due")], ids=[*FAILING, "the probes that are due"]
)
@pytest.mark.parametrize("seconds", [600, -600])
def test_a_failure_does_not_lengthen_an_outage(
    seconds: int, command: tuple[str, ...], run: Run, providers: list[str], sim: Simulator
) -> None:
    put(replace(OUTAGE, until=datetime.now(UTC) + timedelta(seconds=seconds), next_list_probe_at=datetime.now(UTC)))
    before = circuit()
    sim.fault("claude", "server_error")
    run(*command)
    after = circuit()
    assert (after.trips, after.window, after.last_error, after.trial_holder) == (0, (), None, "")
    assert not after.list_probe_failed
    if after.state is CircuitState.OPEN:
        assert after.until == before.until
    else:  # the trial of a question: the next call may try at once
        sim.heal("claude")
        assert (seconds, complete_sync(REQUEST).provider) == (-600, "claude")


def test_the_probes_that_are_due_count_with_record(run: Run, providers: list[str], sim: Simulator) -> None:
    put(replace(OUTAGE, until=datetime.now(UTC) - timedelta(seconds=9), next_list_probe_at=datetime.now(UTC)))
    sim.fault("claude", "server_error")
    run("llm_healthcheck", "--due", "--record")
    until = circuit().until
    assert until is not None
    assert until > datetime.now(UTC)


def test_the_output_says_what_was_recorded(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "server_error")
    report = json.loads(run("llm_healthcheck", "--json").out)
    assert {item["provider"]: item["recorded"] for item in report["providers"]} == {
        "claude": False,
        "gemini": True,
        "openai": True,
    }
    assert NOT_RECORDED in run("llm_healthcheck").out
    recorded = run("llm_healthcheck", "--record")
    assert NOT_RECORDED not in recorded.out
    sim.heal("claude")
    assert NOT_RECORDED not in run("llm_healthcheck", "--provider", "gemini").out


def test_a_provider_without_a_key_is_not_asked_so_nothing_is_kept_from_its_circuit(
    run: Run, providers: list[str]
) -> None:
    set_api_key(Provider.objects.get(name="claude"), "")
    ran = run("llm_healthcheck", "--provider", "claude")
    assert (ran.code, NOT_RECORDED in ran.out) == (1, False)
    report = json.loads(run("llm_healthcheck", "--provider", "claude", "--record", "--json").out)
    assert report["providers"][0]["recorded"] is False


def test_an_unanswered_question_says_that_its_failures_do_not_count(
    run: Run, providers: list[str], sim: Simulator
) -> None:
    for name in providers:
        sim.fault(name, "wrong_key")
    assert NOT_RECORDED in run("llm_ask", "Bonjour", "--no-static").err
    assert NOT_RECORDED in run("llm_ask", "Bonjour").err
    assert NOT_RECORDED not in run("llm_ask", "Bonjour", "--record").err


def test_record_belongs_to_a_probe(run: Run, providers: list[str]) -> None:
    ran = run("llm_control", "claude", "drain", "--record")
    assert ran.code == 2
    assert "--record" in ran.err


def test_the_servers_own_probe_counts(providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "wrong_key")
    assert apply_action("claude", Action.PROBE, by="ada").state == "open"
