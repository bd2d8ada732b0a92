import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from llm import models
from llm.conf import LLMSettings
from llm.core.circuit.state import Circuit, CircuitState, begin_trial, reset
from llm.models import CircuitEvent
from llm.stores.circuits import rows as circuits
from llm.stores.circuits.codec import dump
from llm.stores.circuits.local_view import LEASE_OFFLINE_AFTER_S, LocalView
from llm.stores.circuits.redis import RedisCircuitStore
from llm.stores.data_thread import data_thread
from llm.stores.timeouts import StoreTimeouts, timeouts_of
from tests.stores.circuits.redis.steps import change, counts, fault, no_credit, over, read, success, trial
from tests.waiting import eventually

PATIENCE = StoreTimeouts(timeout_s=1.0, slow_after_s=1.2, first_read_s=0.5, socket_s=20)
"""Enough for a busy machine with a Redis that is well; a thread of ours gives a silent one up long after."""
BOUND_S = 10.0
"""Far more than the patience, far less than a wait for the thread would be."""


def took(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    said = [line.msg["event"] for line in caplog.records if isinstance(line.msg, dict)]
    return [event for event in said if event.startswith("health_store")]


@pytest.fixture(params=["stalled", "slow", "cut"])
def harm(request, line) -> Callable[[], None]:
    """What happens to the line to Redis."""
    return {"stalled": line.stall, "slow": lambda: line.slow_down(2), "cut": line.cut}[request.param]


@pytest.fixture
def timeouts() -> StoreTimeouts:
    return PATIENCE


def test_a_request_waits_less_than_fifty_milliseconds_unless_the_settings_say_otherwise():
    assert LLMSettings().store_patience_s < 0.05
    assert timeouts_of(0.04) == StoreTimeouts(timeout_s=0.04, slow_after_s=0.05, first_read_s=0.02, socket_s=0.5)


def settle(store: RedisCircuitStore) -> None:
    """Returns just after a reading, so that the next thing on the line to Redis is the test's own change."""
    data_thread.submit(lambda: None).result(30)  # the database's rows, which ask for a reading, are in
    store.refresh()


def heal(line) -> None:
    line.cut()
    line.open()


def test_a_worker_judges_alone_without_waiting_and_all_agree_again_afterwards(opener, line, through, harm, caplog):
    caplog.set_level("INFO")
    alone, other = opener(through), opener()
    change(alone, success())
    assert read(alone)["claude"].state is CircuitState.CLOSED
    read(other)

    harm()
    times = [took(lambda: change(alone, fault())) for _ in range(5)]
    times += [took(lambda: read(alone)), took(lambda: alone.change_now("gemini", no_credit(), by="test"))]
    times += [took(alone.peek), took(alone.refresh)]

    assert max(times) < BOUND_S
    assert {name: circuit.state for name, circuit in alone.peek().items()} == {"claude": "open", "gemini": "open"}
    assert eventually(lambda: alone.offline_since is not None)
    assert eventually(lambda: CircuitEvent.objects.count() == 2)

    heal(line)
    assert eventually(
        lambda: {h.state for h in other.peek().values()} == {CircuitState.OPEN} and len(other.peek()) == 2
    )
    assert eventually(lambda: alone.offline_since is None)
    assert alone.peek()["claude"] == other.peek()["claude"]
    assert counts(other) == (1, 5, 0)
    assert CircuitEvent.objects.count() == 2
    assert eventually(lambda: events(caplog) == ["health_store_unreachable", "health_store_back"])


def test_a_worker_that_starts_without_redis_goes_by_the_database(opener, line, through):
    line.cut()
    blocked = replace(no_credit()(Circuit()), until=datetime.now(UTC) + timedelta(hours=1), window=())
    models.Circuit.objects.create(provider="claude", version=3, state="open", value=dump(blocked))

    store = opener(through)

    assert took(lambda: read(store)) < BOUND_S
    assert eventually(lambda: store.peek().get("claude") == blocked)
    assert took(lambda: change(store, no_credit(), "gemini")) < BOUND_S
    assert store.offline_since is not None
    line.open()
    assert eventually(lambda: set(read(opener())) == {"claude", "gemini"})


def test_a_worker_that_starts_before_a_silent_redis_does_not_wait_for_it(opener, line, through):
    line.stall()
    store = opener(through)

    assert took(lambda: read(store)) < BOUND_S
    assert took(lambda: change(store, no_credit())) < BOUND_S

    heal(line)
    assert eventually(lambda: "claude" in read(opener()))


def test_a_change_whose_confirmation_is_lost_counts_once(opener, line, through):
    store, other = opener(through), opener()
    for _ in range(3):
        change(store, fault())
    settle(store)

    line.stall_answers()
    change(store, fault())
    assert eventually(lambda: counts(other) == (0, 4, 0))
    assert eventually(lambda: store.offline_since is not None)
    heal(line)

    assert eventually(lambda: store.offline_since is None)
    assert counts(store) == counts(other) == (0, 4, 0)
    assert other.peek()["claude"].faults == 4


def test_the_judgement_that_went_further_wins(opener, line, through):
    alone, others = opener(through), opener()
    change(others, success())
    assert eventually(lambda: "claude" in read(alone))
    line.stall()
    change(alone, no_credit(), by="test")
    assert eventually(lambda: alone.offline_since is not None)
    change(alone, success())

    change(others, over)
    change(others, lambda circuit: begin_trial(circuit, "others", datetime.now(UTC)))
    heal(line)

    assert eventually(lambda: alone.offline_since is None)
    assert alone.peek()["claude"].trial_holder == others.peek()["claude"].trial_holder == "others"


def test_an_operators_reset_made_alone_still_counts_when_the_others_went_further(opener, line, through):
    alone, others = opener(through), opener()
    change(others, no_credit())
    assert eventually(lambda: "claude" in read(alone))
    line.stall()
    alone.change_now("claude", lambda circuit: reset(circuit, datetime.now(UTC)), by="ada")
    assert alone.peek()["claude"].state is CircuitState.CLOSED

    change(others, lambda circuit: replace(circuit, until=datetime.now(UTC)))
    change(others, trial("others"))
    change(others, success(2))
    change(others, success(2))
    change(others, no_credit(3))
    heal(line)

    assert eventually(lambda: others.peek()["claude"].state is CircuitState.CLOSED)
    assert eventually(lambda: alone.peek()["claude"] == others.peek()["claude"])


def test_of_two_workers_without_redis_neither_gets_a_trial_that_it_cannot_share(opener, line, through):
    alone, others = opener(through), opener()
    change(others, over)
    assert eventually(lambda: "claude" in read(alone))

    line.stall()
    assert change(alone, trial("alone")).trial_holder == ""
    assert change(alone, trial("alone again")).trial_holder == ""
    assert change(others, trial("others")).trial_holder == "others"
    heal(line)

    assert eventually(lambda: alone.offline_since is None)
    assert eventually(lambda: alone.peek()["claude"] == others.peek()["claude"])
    assert others.peek()["claude"].trial_holder == "others"


def test_a_lease_that_redis_gave_to_nobodys_knowledge_is_given_back(opener, line, through):
    alone, others = opener(through), opener()
    change(others, over)
    assert eventually(lambda: "claude" in read(alone))
    settle(alone)

    line.stall_answers()
    assert change(alone, trial("alone")).trial_holder == ""
    assert eventually(lambda: others.peek()["claude"].trial_holder == "alone")
    heal(line)

    assert eventually(lambda: others.peek()["claude"].trial_holder == "")
    assert change(others, trial("others")).trial_holder == "others"


def test_a_worker_that_has_been_alone_for_long_makes_its_own_trial(opener, line, through):
    alone = opener(through)
    change(alone, over)
    line.cut()
    change(alone, fault(), "gemini")
    assert change(alone, trial("too early")).trial_holder == ""

    alone.offline_since -= timedelta(seconds=LEASE_OFFLINE_AFTER_S)

    assert change(alone, trial("alone")).trial_holder == "alone"
    assert change(alone, trial("second")).trial_holder == "alone"


def test_a_lost_notice_is_made_up_for_by_the_next_reading(opener, monkeypatch):
    missing, other = opener(), opener()
    read(missing)
    monkeypatch.setattr(LocalView, "on_notice", lambda *_: None)

    change(other, no_credit())

    assert eventually(lambda: "claude" in missing.peek())


def test_a_line_for_notices_that_went_silent_is_made_anew(opener, keys, prefix, line, through):
    store, other = opener(through), opener()
    read(store), read(other)
    assert eventually(lambda: keys.pubsub_numsub(f"{prefix}changes")[0][1] == 2)

    heal(line)

    assert eventually(lambda: keys.pubsub_numsub(f"{prefix}changes")[0][1] == 2)
    change(other, no_credit())
    assert eventually(lambda: "claude" in store.peek())


def test_transitions_wait_for_a_database_that_is_gone(opener, monkeypatch):
    def gone(*_, **__):
        raise OperationalError("gone")

    store = opener()
    read(store)
    with monkeypatch.context() as patched:
        patched.setattr(circuits, "change", gone)
        assert took(lambda: change(store, no_credit())) < BOUND_S
        assert not CircuitEvent.objects.exists()

    assert eventually(lambda: CircuitEvent.objects.exists())


def test_a_notice_that_nobody_understands_makes_no_worker_deaf(opener, keys, prefix):
    store, other = opener(), opener()
    read(store), read(other)
    assert eventually(lambda: keys.pubsub_numsub(f"{prefix}changes")[0][1] == 2)

    keys.publish(f"{prefix}changes", "nonsense")
    assert eventually(lambda: keys.pubsub_numsub(f"{prefix}changes")[0][1] == 2)
    change(other, no_credit())

    assert eventually(lambda: "claude" in store.peek())


def test_an_address_that_is_none_of_redis_is_refused_at_the_start():
    with pytest.raises(ValueError, match="Redis URL"):
        RedisCircuitStore("http://127.0.0.1")
