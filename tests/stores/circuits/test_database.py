"""The circuits as workers share them: each worker is a store of its own on one database."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection

from llm import models
from llm.core.circuit import window as live
from llm.core.circuit.state import Circuit, CircuitState, begin_trial, holds_trial
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure
from llm.models import CircuitEvent
from llm.stores.circuits import rows as circuits
from llm.stores.circuits.database import DatabaseCircuitStore
from llm.stores.circuits.records import Versioned
from llm.stores.data_thread import DataThread
from tests.conftest import PATIENCE_S
from tests.stores.circuits.weather import gone, hanging, kill_connections
from tests.waiting import eventually

Workers = Callable[[], DatabaseCircuitStore]


@pytest.fixture
def timeout_s() -> float:
    """Long: what is shared is looked at, not how busy the machine is."""
    return PATIENCE_S


@pytest.fixture
def worker(database: str, timeout_s: float) -> Iterator[Workers]:
    """Makes workers, each with a data thread of its own."""
    threads: list[DataThread] = []

    def make() -> DatabaseCircuitStore:
        threads.append(DataThread(timeout_s=timeout_s))
        return DatabaseCircuitStore(threads[-1])

    yield make
    for thread in threads:
        thread.close()
    models.Circuit.objects.all().delete()
    CircuitEvent.objects.all().delete()


def seen(error: ErrorClass | None = None) -> Callable[[Circuit], Circuit]:
    now = datetime.now(UTC)
    failure = Failure(error_class=error, message="as the vendor said") if error else None
    return lambda circuit: observe(circuit, Observation(at=now, generation=circuit.generation, failure=failure))


def tell(store: DatabaseCircuitStore, error: ErrorClass | None = None, provider: str = "claude") -> Circuit:
    return asyncio.run(store.change(provider, seen(error)))


def look(store: DatabaseCircuitStore, provider: str = "claude") -> Circuit:
    return asyncio.run(store.read()).get(provider, Circuit())


def window(circuit: Circuit) -> tuple[int, int, int]:
    return live.totals(circuit.window, time.time())


def stored() -> Circuit:
    found = circuits.read_all().get("claude")
    return found.circuit if found else Circuit()


class TestSharing:
    def test_a_worker_sees_its_own_change_at_once(self, worker: Workers) -> None:
        one = worker()
        tell(one, ErrorClass.CREDIT_EXHAUSTED)
        assert look(one).state is CircuitState.OPEN

    def test_another_worker_sees_it_within_a_second_or_so(self, worker: Workers) -> None:
        one, other = worker(), worker()
        assert look(other).state is CircuitState.CLOSED
        tell(one, ErrorClass.CREDIT_EXHAUSTED)
        assert eventually(lambda: look(other).state is CircuitState.OPEN, within_s=30)

    def test_a_fresh_look_sees_it_however_young_the_last_look_was(
        self, worker: Workers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(DatabaseCircuitStore, "fresh_s", 3600.0)
        monkeypatch.setattr(DatabaseCircuitStore, "refresh_s", 3600.0)
        one, other = worker(), worker()
        look(other)
        tell(one, ErrorClass.CREDIT_EXHAUSTED)

        assert look(other).state is CircuitState.CLOSED
        assert asyncio.run(other.read(fresh=True))["claude"].state is CircuitState.OPEN

    def test_faults_of_two_workers_add_up_to_five_in_a_row(self, worker: Workers) -> None:
        one, other = worker(), worker()
        for store in (one, other, one, other, one):
            tell(store, ErrorClass.SERVER_ERROR)
        assert stored().state is CircuitState.OPEN
        assert CircuitEvent.objects.filter(after="open").count() == 1

    def test_two_workers_share_one_window(self, worker: Workers) -> None:
        one, other = worker(), worker()
        for store in (one, one, one, other, other):
            tell(store)
        tell(one, ErrorClass.BAD_RESPONSE)
        assert eventually(lambda: window(look(one)) == window(look(other)) == (5, 1, 0), within_s=30)

    def test_good_answers_are_counted_without_a_write_each(self, worker: Workers) -> None:
        one = worker()
        look(one)
        for _ in range(50):
            tell(one)
        assert window(look(one)) == (50, 0, 0)
        assert models.Circuit.objects.filter(version__gt=3).count() == 0

    def test_one_of_two_workers_gets_the_trial(self, worker: Workers) -> None:
        one, other = worker(), worker()
        now = datetime.now(UTC)
        due = Circuit(state=CircuitState.OPEN, generation=1, reason=ErrorClass.TIMEOUT, until=now)
        circuits.change("claude", lambda _: due, now=now, by="test")
        assert look(one) == look(other) == due
        first = asyncio.run(one.change("claude", lambda h: begin_trial(h, "a", now)))
        second = asyncio.run(other.change("claude", lambda h: begin_trial(h, "b", now)))
        assert holds_trial(first, "a")
        assert not holds_trial(second, "b")

    def test_a_row_that_makes_no_sense_costs_only_itself(self, worker: Workers) -> None:
        tell(worker(), ErrorClass.AUTH, "gemini")
        models.Circuit.objects.create(provider="claude", value={"state": "ajar"})
        one = worker()
        assert look(one, "gemini").state is CircuitState.OPEN
        assert tell(one, ErrorClass.AUTH).state is CircuitState.OPEN

    def test_a_burst_of_readers_is_not_a_burst_of_queries(
        self, worker: Workers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, reads = worker(), []
        read_all = circuits.read_all

        def counted() -> dict[str, circuits.Versioned]:
            reads.append(1)
            return read_all()

        monkeypatch.setattr(circuits, "read_all", counted)

        async def burst() -> None:
            await asyncio.gather(*(one.read() for _ in range(200)))

        asyncio.run(burst())
        assert len(reads) <= 2

    def test_a_crowd_that_finds_an_outage_at_once_makes_one_event(self, worker: Workers) -> None:
        stores = [worker() for _ in range(4)]

        async def crowd(store: DatabaseCircuitStore) -> None:
            await asyncio.gather(*(store.change("claude", seen(ErrorClass.CREDIT_EXHAUSTED)) for _ in range(10)))

        threads = [threading.Thread(target=lambda s=store: asyncio.run(crowd(s))) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert eventually(lambda: stored().state is CircuitState.OPEN)
        assert CircuitEvent.objects.filter(after="open").count() == 1


def timed(work: Callable[[], Circuit]) -> tuple[Circuit, float]:
    started = time.monotonic()
    return work(), time.monotonic() - started


PATIENT_S = 10.0
"""Far below the 20 s of a database that hangs, far above the patience here, for a busy machine."""


class TestWeather:
    @pytest.fixture
    def timeout_s(self) -> float:
        """Short, and yet enough for a busy machine with a database that is well."""
        return 0.5

    @pytest.mark.parametrize("trouble", [gone, hanging])
    def test_local_state_decides_and_what_was_owed_arrives_later(
        self, worker: Workers, trouble: Callable[[str], object]
    ) -> None:
        one = worker()
        tell(one, ErrorClass.SERVER_ERROR)
        with trouble("llm_circuit"):  # type: ignore[attr-defined]
            for _ in range(4):
                circuit, took = timed(lambda: tell(one, ErrorClass.SERVER_ERROR))
                assert took < PATIENT_S
            assert circuit.state is CircuitState.OPEN
            circuit, took = timed(lambda: look(one))
            assert took < PATIENT_S
            assert circuit.state is CircuitState.OPEN
            assert one.offline_since is not None
        assert eventually(
            lambda: look(one).state is CircuitState.OPEN and stored().state is CircuitState.OPEN, within_s=30
        )
        assert stored().generation == 1
        assert CircuitEvent.objects.filter(after="open").count() == 1
        assert eventually(lambda: look(one) is not None and one.offline_since is None, within_s=30)

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    def test_a_change_that_waited_in_vain_is_owed_as_well(self, worker: Workers) -> None:
        one = worker()
        look(one)
        one._thread.submit(_impatient).result()
        with hanging("llm_circuit"):
            assert tell(one, ErrorClass.AUTH).state is CircuitState.OPEN
            time.sleep(0.5)  # the writer's own patience, 0.2 s, has ended
            assert stored().state is CircuitState.CLOSED
        assert eventually(
            lambda: look(one).state is CircuitState.OPEN and stored().state is CircuitState.OPEN, within_s=30
        )

    def test_the_counts_of_the_outage_are_not_lost(self, worker: Workers) -> None:
        one = worker()
        look(one)
        with gone("llm_circuit"):
            for _ in range(7):
                tell(one)
            tell(one, ErrorClass.BAD_RESPONSE)
            for _ in range(3):
                tell(one)
            assert window(look(one)) == (10, 1, 0)
        assert eventually(lambda: window(look(one)) == window(stored()) == (10, 1, 0), within_s=30)

    def test_while_the_database_is_away_a_call_asks_it_rarely(self, worker: Workers) -> None:
        one = worker()
        look(one)
        with hanging("llm_circuit"):
            waited = sum(
                timed(lambda n=number: tell(one, ErrorClass.RATE_LIMITED, f"p{n}"))[1] for number in range(200)
            )
            assert waited < 30  # 200 waits would be 100 s
        assert eventually(
            lambda: len(asyncio.run(one.read())) >= 200 and models.Circuit.objects.count() >= 200, within_s=30
        )

    def test_a_fresh_worker_without_a_database_takes_everybody_for_well(self, worker: Workers) -> None:
        with gone("llm_circuit"):
            one = worker()
            assert asyncio.run(one.read()) == {}
            assert tell(one, ErrorClass.AUTH).state is CircuitState.OPEN
            assert look(one).state is CircuitState.OPEN

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    def test_killed_connections_cost_no_change(self, worker: Workers) -> None:
        one = worker()
        tell(one, ErrorClass.SERVER_ERROR)
        connection.close()
        kill_connections()
        circuit, took = timed(lambda: tell(one, ErrorClass.AUTH))
        assert circuit.state is CircuitState.OPEN
        assert took < PATIENT_S
        assert eventually(
            lambda: look(one).state is CircuitState.OPEN and _stored_quietly() is CircuitState.OPEN, within_s=30
        )

    def test_what_is_forgotten_starts_from_the_database(self, worker: Workers) -> None:
        one = worker()
        tell(one, ErrorClass.AUTH)
        models.Circuit.objects.all().delete()
        one.forget()
        assert look(one) == Circuit()


def _stored_quietly() -> CircuitState | None:
    try:
        return stored().state
    except Exception:  # noqa: BLE001  this test's own connection was killed as well
        connection.close()
        return None


def _impatient() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 200")


@pytest.mark.parametrize("timeout_s", [0.05])
def test_the_first_reading_may_be_slow_and_a_later_one_is_an_outage(
    worker: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow() -> dict[str, Versioned]:
        time.sleep(0.3)
        return {}

    monkeypatch.setattr(circuits, "read_all", slow)
    store = worker()
    store.refresh()
    assert store.offline_since is None
    store.refresh()
    assert store.offline_since is not None
