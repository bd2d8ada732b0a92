import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from llm import models
from llm.core.circuit.state import Admission, Circuit, CircuitState, admit, reset
from llm.core.failures.policy import ErrorClass
from llm.models import CircuitEvent
from llm.stores.circuits.codec import dump
from llm.stores.circuits.local_view import LocalView
from llm.stores.circuits.redis import RedisCircuitStore
from llm.stores.data_thread import data_thread
from tests.stores.circuits.redis.steps import (
    change,
    counts,
    fault,
    no_credit,
    opened,
    over,
    read,
    success,
    trial,
)
from tests.waiting import eventually


def test_what_one_worker_learns_another_knows_when_it_starts(opener):
    change(opener(), no_credit())

    assert read(opener())["claude"].reason is ErrorClass.CREDIT_EXHAUSTED


def test_twenty_threads_in_each_of_two_workers_lose_no_count_and_make_one_transition(opener):
    stores = [opener(), opener()]

    async def calls(store, step, times):
        for _ in range(times):
            await store.change("claude", step)

    def all_threads(make, times):
        with ThreadPoolExecutor(40) as pool:
            work = [pool.submit(asyncio.run, calls(stores[n % 2], make(), times)) for n in range(40)]
            for job in work:
                job.result()

    all_threads(success, 25)
    assert eventually(lambda: {counts(store)[0] for store in stores} == {1000})

    all_threads(fault, 1)
    assert eventually(lambda: all(store.peek()["claude"].state is CircuitState.OPEN for store in stores))
    assert {store.peek()["claude"].generation for store in stores} == {1}
    assert counts(stores[0])[0] == 1000
    assert eventually(lambda: CircuitEvent.objects.exists())
    assert CircuitEvent.objects.count() == 1


def test_a_failure_that_one_worker_sees_spares_the_others_without_their_asking(opener, keys, prefix, monkeypatch):
    monkeypatch.setattr(RedisCircuitStore, "turn_s", 60)  # only a notice can be so fast
    seeing, spared = opener(), opener()
    read(seeing), read(spared)
    assert eventually(lambda: keys.pubsub_numsub(f"{prefix}changes")[0][1] == 2)

    begun = time.perf_counter()
    change(seeing, no_credit())
    written = time.perf_counter()
    assert eventually(lambda: "claude" in spared.peek())
    heard = time.perf_counter()

    assert admit(spared.peek()["claude"], datetime.now(UTC), 0.0).admission is Admission.DENY
    print(  # noqa: T201  the figure, for pytest -s
        f"\nheard {(heard - begun) * 1000:.2f} ms after the failure, {(heard - written) * 1000:.2f} ms after its write"
    )


def test_a_change_is_judged_on_what_all_share_even_before_its_notice_arrives(opener, monkeypatch):
    one, other = opener(), opener()
    change(one, over)
    assert eventually(lambda: "claude" in other.peek())
    monkeypatch.setattr(LocalView, "on_notice", lambda *_: None)

    assert change(one, trial("one")).trial_holder == "one"
    assert change(other, trial("other")).trial_holder == "one"


def test_a_reset_reaches_redis_even_where_the_worker_believes_all_is_well(opener, monkeypatch):
    operator, worker = opener(), opener()
    read(operator), read(worker)
    monkeypatch.setattr(LocalView, "on_notice", lambda *_: None)
    change(worker, success())
    change(operator, success())
    change(worker, no_credit())

    operator.change_now("claude", lambda circuit: reset(circuit, datetime.now(UTC)), by="ada")

    assert eventually(lambda: worker.peek()["claude"].state is CircuitState.CLOSED)


def test_a_transition_reaches_the_database_afterwards_with_its_row_and_event(opener):
    change(opener(), no_credit(), by="probe")

    assert eventually(lambda: CircuitEvent.objects.exists())
    event, row = CircuitEvent.objects.get(), models.Circuit.objects.get()
    assert (event.before, event.after, event.reason, event.by) == ("closed", "open", "credit_exhausted", "probe")
    assert (row.provider, row.state, row.value["generation"]) == ("claude", "open", 1)


def test_an_empty_redis_is_filled_from_the_database(opener):
    blocked = replace(opened(Circuit(), until=datetime.now(UTC) + timedelta(hours=1)), window=())
    models.Circuit.objects.create(provider="claude", version=7, state="open", value=dump(blocked))

    first = opener()
    assert eventually(lambda: read(first).get("claude") == blocked)
    models.Circuit.objects.all().delete()

    second = opener()
    assert eventually(lambda: read(second).get("claude") == blocked)


def test_an_older_row_does_not_replace_what_redis_knows(opener):
    change(opener(), no_credit())
    assert eventually(lambda: models.Circuit.objects.exists())
    models.Circuit.objects.update(value=dump(Circuit()), state="closed")

    store = opener()
    read(store)
    data_thread.submit(lambda: None).result(30)  # the rows have been read before
    store.refresh()

    assert store.peek()["claude"].state is CircuitState.OPEN


def test_workers_tell_a_redis_that_has_lost_everything_what_they_know(opener, keys, prefix):
    knowing = opener()
    change(knowing, no_credit())

    keys.delete(f"{prefix}circuits")
    models.Circuit.objects.all().delete()
    assert eventually(lambda: keys.exists(f"{prefix}circuits"))

    assert read(opener())["claude"].state is CircuitState.OPEN


def test_a_record_that_makes_no_sense_is_mended_by_the_next_change(opener, keys, prefix):
    keys.hset(f"{prefix}circuits", "claude", "no record")
    store = opener()
    assert read(store)["claude"].state is CircuitState.CLOSED

    change(store, no_credit())

    assert read(opener())["claude"].state is CircuitState.OPEN


def test_the_error_of_a_step_reaches_who_asked_for_it_and_stops_nobody_else(opener):
    store = opener()
    read(store)

    def wrong(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.change_now("claude", wrong, by="test")

    assert change(store, no_credit()).state is CircuitState.OPEN
    assert store.offline_since is None


def test_counts_do_not_pile_up_for_ever(opener, monkeypatch):
    store = opener()
    change(store, success())
    store.refresh()
    now = time.time()
    for minute in range(1, 4):
        monkeypatch.setattr("time.time", lambda at=now + 60 * minute: at)
        at = datetime.fromtimestamp(now + 60 * minute, UTC)
        change(store, success(at=at))
        store.refresh()

    assert len(store.peek()["claude"].window) == 1


def test_a_store_that_was_closed_has_sent_all_and_works_again(opener):
    store = opener()
    change(store, success())
    store.close()

    assert eventually(lambda: read(store).get("claude") is not None)
    assert counts(store) == (1, 0, 0)
