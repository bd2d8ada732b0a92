"""Early list probes of a vendor during its wait: their cost, their effect, and their independence."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from llm.core.circuit.state import Circuit, CircuitState
from llm.models import CircuitEvent
from llm.services.probes.run import ProbeResult, reset
from llm.services.probes.schedule import probe_due_sync
from llm.simulator import Simulator
from llm.stores.circuits import rows
from llm.stores.circuits.store import circuit_store
from tests.services.probes.test_run import ask, break_claude, edit_circuit, state
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def stored(name: str = "claude") -> Circuit:
    return rows.read_one(name)


def wait_long(name: str = "claude") -> None:
    """Sets an hour's wait, with a list probe due now."""
    edit_circuit(
        name,
        lambda circuit: replace(
            circuit, until=datetime.now(UTC) + HOUR, next_list_probe_at=circuit.next_list_probe_at and datetime.now(UTC)
        ),
    )


@contextmanager
def probing() -> Iterator[list[ProbeResult]]:
    """Runs the due probes in another thread, which ends with the block."""
    results: list[ProbeResult] = []
    thread = threading.Thread(target=lambda: results.extend(probe_due_sync(by="worker")))
    thread.start()
    try:
        yield results
    finally:
        thread.join()


def test_a_vendor_that_goes_down_gets_an_unbilled_probe_that_does_not_lengthen_its_wait(
    sim: Simulator, providers: list[str]
) -> None:
    break_claude(sim)
    before = stored()
    (result,) = probe_due_sync(by="worker")
    assert (result.ok, result.live, result.state) == (False, False, "open")
    assert before.until is not None
    assert result.retry_at is not None
    assert before.until <= result.retry_at <= before.until + timedelta(seconds=10)
    assert (sim.calls("claude"), sim.counts("claude").models) == (0, 1)
    assert (stored().generation, stored().trips) == (before.generation, before.trips)


def test_it_gets_one_list_probe_in_an_interval(sim: Simulator, providers: list[str]) -> None:
    break_claude(sim)
    probe_due_sync()
    assert [probe_due_sync() for _ in range(5)] == [()] * 5
    assert sim.counts("claude").models == 1


def test_when_it_is_well_again_it_serves_long_before_its_wait_is_over(sim: Simulator, providers: list[str]) -> None:
    break_claude(sim)
    probe_due_sync()
    sim.heal("claude")
    wait_long()
    assert ask().provider == "gemini"
    (result,) = probe_due_sync(by="worker")
    assert (result.ok, result.live, result.state) == (True, True, "closed")
    assert sim.calls("claude") == 2
    assert CircuitEvent.objects.get(after="closed").before == "half_open"


def test_a_vendor_that_lists_models_all_along_keeps_its_wait(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "unavailable", applies_to="completions")
    while stored().state is not CircuitState.OPEN:
        ask()
    sim.forget("claude")
    for _ in range(3):
        wait_long()
        (result,) = probe_due_sync()
        assert (result.ok, result.live, result.state) == (False, True, "open")
    assert ask().provider == "gemini"
    assert (sim.calls("claude"), sim.counts("claude").models) == (3, 3)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_vendor_without_a_list_is_tried_by_completions(sim: Simulator, providers: list[str], status: int) -> None:
    break_claude(sim)
    sim.fault("claude", "body", status=status, body={"detail": "no such page"}, applies_to="models")
    (result,) = probe_due_sync()
    assert (result.ok, result.live, result.state) == (True, True, "closed")
    assert (sim.calls("claude"), sim.counts("claude").models) == (2, 1)


def test_a_provider_out_of_credit_gets_no_list_probe(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    ask()
    wait_long()
    assert probe_due_sync() == ()
    assert sim.counts("claude").models == 0


def test_of_two_workers_at_once_one_probes_early(sim: Simulator, providers: list[str]) -> None:
    break_claude(sim)
    sim.fault("claude", "slow", delay=0.5, applies_to="models")
    with probing() as first, probing() as second:
        pass
    assert sim.counts("claude").models == 1
    assert len(first + second) == 1


def test_a_worker_with_an_old_circuit_does_not_repeat_another_s_list_probe(
    sim: Simulator, providers: list[str]
) -> None:
    break_claude(sim)
    circuit_store.refresh()
    later = datetime.now(UTC) + timedelta(seconds=15)
    rows.change("claude", lambda circuit: replace(circuit, next_list_probe_at=later), now=datetime.now(UTC), by="test")
    assert probe_due_sync() == ()
    assert sim.counts("claude").models == 0


def test_a_silent_vendor_does_not_delay_another_s_probe(
    sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm.services.probes.run.LIST_TIMEOUT_S", 5.0)
    break_claude(sim)
    probe_due_sync()
    edit_circuit("gemini", lambda circuit: replace(stored(), list_probe_failed=True))
    wait_long("claude")
    wait_long("gemini")
    sim.fault("claude", "silence", applies_to="models")
    with probing() as results:
        assert eventually(lambda: state("gemini") == "closed")
        assert results == []
    assert {result.provider: result.ok for result in results} == {"claude": False, "gemini": True}


def test_a_list_probe_that_ends_after_an_operators_reset_changes_nothing(
    sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm.services.probes.run.LIST_TIMEOUT_S", 2.0)
    break_claude(sim)
    sim.fault("claude", "silence", applies_to="models")
    with probing():
        assert eventually(lambda: sim.counts("claude").models == 1)
        reset(["claude"], by="ada")
        after = stored()
    assert stored() == after
