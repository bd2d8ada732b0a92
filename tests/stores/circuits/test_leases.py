"""Whose the one trial is while the database is slow or gone: nobody's, until a worker has been alone for long."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llm.core.circuit.state import Circuit, CircuitState, begin_trial, holds_trial
from llm.core.failures.policy import ErrorClass
from llm.stores.circuits import rows as circuits
from llm.stores.circuits.database import DatabaseCircuitStore
from llm.stores.circuits.local_view import LEASE_OFFLINE_AFTER_S
from tests.stores.circuits.test_database import Workers, look, stored, worker
from tests.stores.circuits.weather import gone
from tests.waiting import eventually

__all__ = ["worker"]


@pytest.fixture
def timeout_s() -> float:
    """Short, and yet enough for a busy machine with a database that is well."""
    return 0.5


def due() -> None:
    """Claude's circuit is open, and its time is over."""
    now = datetime.now(UTC)
    over = Circuit(state=CircuitState.OPEN, generation=1, reason=ErrorClass.TIMEOUT, until=now)
    circuits.change("claude", lambda _: over, now=now, by="test")


def ask_for_trial(store: DatabaseCircuitStore, holder: str) -> bool:
    now = datetime.now(UTC)
    return holds_trial(asyncio.run(store.change("claude", lambda h: begin_trial(h, holder, now))), holder)


def slow(monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> None:
    """Every change takes so much longer, and is made."""
    compare_and_set = circuits.compare_and_set

    def slowly(*args: Any, **more: Any) -> bool:
        time.sleep(seconds)
        return compare_and_set(*args, **more)

    monkeypatch.setattr(circuits, "compare_and_set", slowly)


def test_of_two_workers_over_a_slow_database_neither_gets_a_trial_that_it_cannot_share(
    worker: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = worker(), worker()
    due()
    look(one), look(other)
    slow(monkeypatch, seconds=1.0)
    assert [ask_for_trial(store, name) for store, name in ((one, "a"), (other, "b"))] == [False, False]
    monkeypatch.undo()
    for store in (one, other):
        store._thread.submit(lambda: None).result(30)  # what was on its way has been made, and given back
    assert stored().trial_holder == ""
    assert eventually(lambda: look(other) != Circuit() and ask_for_trial(other, "c"))
    assert stored().trial_holder == "c"


def test_a_trial_that_was_refused_leaves_no_lease_behind_when_the_database_is_back(worker: Workers) -> None:
    one = worker()
    due()
    look(one)
    with gone("llm_circuit"):
        assert not ask_for_trial(one, "a")
        assert not ask_for_trial(one, "b")  # while it is known to be away
    assert eventually(lambda: look(one) is not None and one.offline_since is None)
    assert (stored().state, stored().trial_holder) == (CircuitState.OPEN, "")


def test_a_worker_that_has_been_alone_for_long_makes_its_own_trial(worker: Workers) -> None:
    one = worker()
    due()
    look(one)
    with gone("llm_circuit"):
        look(one)
        assert not ask_for_trial(one, "a")
        assert one.offline_since is not None
        one.offline_since -= timedelta(seconds=LEASE_OFFLINE_AFTER_S)
        assert ask_for_trial(one, "b")
        assert not ask_for_trial(one, "c")
