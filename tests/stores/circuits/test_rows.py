"""Circuit rows under compare-and-set: no count is lost, no transition is told twice."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from llm import models
from llm.core.circuit.state import Circuit, CircuitState, begin_trial, closed, holds_trial, reset
from llm.core.circuit.transitions import Observation, observe
from llm.core.circuit.window import add, record
from llm.core.failures.policy import ErrorClass, Failure
from llm.models import CircuitEvent
from llm.stores.circuits import rows as circuits

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
THREADS = 20


@pytest.fixture(autouse=True)
def _empty(database: str) -> Iterator[None]:
    yield
    models.Circuit.objects.all().delete()
    CircuitEvent.objects.all().delete()


def change(step: Callable[[Circuit], Circuit], *, by: str = "gateway", provider: str = "claude") -> Circuit:
    while True:
        try:
            return circuits.change(provider, step, now=NOW, by=by).circuit
        except OperationalError as error:  # the tests' own pool of four connections is small for twenty threads
            if "couldn't get a connection" not in str(error):
                raise
        finally:
            if threading.current_thread() is not threading.main_thread():
                connection.close()


def seen(error: ErrorClass | None = None, **more: object) -> Callable[[Circuit], Circuit]:
    failure = Failure(error_class=error, message="as the vendor said", **more) if error else None  # type: ignore[arg-type]
    return lambda circuit: observe(circuit, Observation(at=NOW, generation=circuit.generation, failure=failure))


def at_once(work: Callable[[int], object], count: int = THREADS) -> list[object]:
    """The results of so many threads that start together."""
    gate, results = threading.Barrier(count), []

    def run(number: int) -> None:
        gate.wait()
        try:
            results.append(work(number))
        except Exception as error:  # noqa: BLE001  the test looks at it
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_twenty_threads_lose_no_count() -> None:
    def count(_: int) -> None:
        for _ in range(5):
            change(lambda circuit: replace(circuit, throttles=circuit.throttles + 1))

    assert at_once(count) == [None] * THREADS
    row = models.Circuit.objects.get(provider="claude")
    assert (row.value["throttles"], row.version) == (THREADS * 5, THREADS * 5)


def test_twenty_threads_open_a_circuit_once() -> None:
    at_once(lambda _: change(seen(ErrorClass.CREDIT_EXHAUSTED)))
    assert CircuitEvent.objects.filter(provider="claude", after="open").count() == 1
    assert models.Circuit.objects.get(provider="claude").value["generation"] == 1


def test_twenty_threads_get_one_trial_between_them() -> None:
    change(lambda _: Circuit(state=CircuitState.OPEN, generation=1, reason=ErrorClass.TIMEOUT, until=NOW))
    CircuitEvent.objects.all().delete()
    healths = at_once(lambda n: change(lambda circuit: begin_trial(circuit, f"call-{n}", NOW)))
    winners = {h.trial_holder for h in healths if isinstance(h, Circuit)}
    assert len(winners) == 1
    assert sum(holds_trial(h, f"call-{n}") for n in range(THREADS) for h in healths[:1]) == 1  # type: ignore[arg-type]
    assert CircuitEvent.objects.filter(before="open", after="half_open").count() == 1


def test_the_columns_repeat_what_people_read() -> None:
    change(seen(ErrorClass.CREDIT_EXHAUSTED))
    row = models.Circuit.objects.get(provider="claude")
    assert (row.state, row.reason, row.since) == ("open", "credit_exhausted", NOW)
    assert row.retry_at == NOW + timedelta(minutes=5)


def test_an_event_says_what_happened_why_until_when_and_by_whom() -> None:
    change(seen(ErrorClass.CREDIT_EXHAUSTED), by="probe")
    event = CircuitEvent.objects.get()
    assert (event.before, event.after, event.reason, event.by) == ("closed", "open", "credit_exhausted", "probe")
    assert event.until == NOW + timedelta(minutes=5)
    assert "as the vendor said" in event.detail


def test_a_change_that_is_none_writes_nothing() -> None:
    change(seen())
    version = models.Circuit.objects.get().version
    change(lambda circuit: circuit)
    assert models.Circuit.objects.get().version == version
    assert not CircuitEvent.objects.exists()


def test_a_limit_of_the_vendor_is_an_event_though_the_circuit_stays_closed() -> None:
    change(seen(ErrorClass.RATE_LIMITED, retry_after_s=30.0))
    change(seen(ErrorClass.RATE_LIMITED, retry_after_s=40.0))
    event = CircuitEvent.objects.get()
    assert (event.before, event.after, event.reason) == ("closed", "closed", "rate_limited")
    assert event.until == NOW + timedelta(seconds=30)


def test_the_reset_of_a_limited_provider_is_an_event_too() -> None:
    change(seen(ErrorClass.RATE_LIMITED, retry_after_s=30.0))
    change(lambda circuit: reset(circuit, NOW), by="ada")
    assert CircuitEvent.objects.filter(by="ada", after="closed").count() == 1


def test_a_whole_recovery_is_one_event_a_transition() -> None:
    change(seen(ErrorClass.AUTH))
    change(lambda circuit: closed(circuit, NOW))
    transitions = CircuitEvent.objects.order_by("generation").values_list("before", "after")
    assert list(transitions) == [("closed", "open"), ("open", "closed")]


@pytest.mark.parametrize("nonsense", [{"state": "ajar"}, [1], "closed", {"window": 3}])
def test_a_row_that_makes_no_sense_costs_only_itself(nonsense: object) -> None:
    change(seen(ErrorClass.AUTH), provider="gemini")
    change(seen(), provider="claude")
    models.Circuit.objects.filter(provider="claude").update(value=nonsense)
    known = circuits.read_all()
    assert known["claude"].circuit == Circuit()
    assert known["gemini"].circuit.reason is ErrorClass.AUTH
    assert change(seen(ErrorClass.AUTH)).state is CircuitState.OPEN
    assert circuits.read_all()["claude"].circuit.state is CircuitState.OPEN


def test_an_open_circuit_that_turns_out_to_be_out_of_credit_is_an_event() -> None:
    for _ in range(5):
        change(seen(ErrorClass.SERVER_ERROR))
    change(seen(ErrorClass.CREDIT_EXHAUSTED))
    told = CircuitEvent.objects.order_by("generation").values_list("before", "after", "reason")
    assert list(told) == [("closed", "open", "server_error"), ("open", "open", "credit_exhausted")]


def test_the_row_keeps_no_counts_of_past_minutes() -> None:
    for minute in range(10):
        now = NOW + timedelta(minutes=minute)
        circuits.change("claude", lambda circuit, now=now: counted(circuit, now), now=now, by="gateway")
    assert len(models.Circuit.objects.get(provider="claude").value["window"]) == 1


def counted(circuit: Circuit, now: datetime) -> Circuit:
    return replace(circuit, window=add(circuit.window, record((), now.timestamp(), ok=1)))
