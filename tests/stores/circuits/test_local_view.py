"""How what a worker judged alone and what the others share become one. Times are those of the steps' makers."""

import time
from datetime import UTC, datetime

import pytest

from llm.core.circuit.state import Circuit, CircuitState, reset
from llm.core.circuit.window import totals
from llm.stores.circuits.local_view import LocalView
from llm.stores.circuits.records import Versioned
from tests.stores.circuits.redis.steps import fault, no_credit, over, success, trial

SHARED = Versioned(circuit=Circuit(), version=1)


@pytest.fixture
def local() -> LocalView:
    """A worker that knows claude as well."""
    worker = LocalView()
    worker.on_notice("claude", SHARED)
    return worker


def alone(local: LocalView, *steps, by: str = "gateway") -> Circuit:
    """The worker's judgement after steps of which nobody else has heard."""
    for step in steps:
        local.apply_offline(local.enqueue("claude", step, by), offline_s=60)
    return local.circuits()["claude"]


def rejoined(local: LocalView, shared: Circuit) -> Circuit:
    """What all share after the worker has met them again."""
    while (batch := local.next_batch(counts=True)) is not None:
        shared, _ = batch.apply(shared)
        local.confirm(batch, Versioned(circuit=shared, version=2))
    assert local.circuits()["claude"] == shared
    return shared


def further() -> Circuit:
    """Two generations on: opened, and on trial."""
    return trial("others")(over(Circuit()))


def counted(circuit: Circuit) -> tuple[int, int, int]:
    return totals(circuit.window, time.time())


def test_what_was_judged_alone_becomes_what_all_share(local):
    opened = alone(local, *[fault()] * 5)

    assert rejoined(local, Circuit()) == opened
    assert opened.state is CircuitState.OPEN


def test_faults_on_both_sides_add_up(local):
    alone(local, fault(), fault())
    shared = fault()(fault()(Circuit()))

    together = rejoined(local, shared)

    assert (together.faults, counted(together)) == (4, (0, 4, 0))


def test_the_higher_generation_wins_and_no_count_is_lost(local):
    local.count("claude", success())
    judged = alone(local, no_credit(), success(1), over)
    shared = success()(success()(Circuit()))

    together = rejoined(local, shared)

    assert (together.generation, together.state) == (judged.generation, judged.state)
    assert counted(together)[0] == 4


def test_the_others_newer_judgement_makes_the_workers_own_steps_void(local):
    alone(local, *[fault()] * 5)
    shared = further()

    together = rejoined(local, shared)

    assert (together.generation, together.state, together.trial_holder) == (2, CircuitState.HALF_OPEN, "others")


def test_what_a_person_did_meanwhile_holds_in_any_case(local):
    alone(local, lambda circuit: reset(circuit, datetime.now(UTC)), by="ada")

    assert rejoined(local, further()).state is CircuitState.CLOSED


def test_news_of_a_higher_generation_end_the_workers_own_judgement_at_once(local):
    alone(local, *[fault()] * 5)

    local.on_notice("claude", Versioned(circuit=further(), version=2))

    assert local.circuits()["claude"].generation == 2


def test_an_old_notice_and_a_read_that_was_overtaken_change_nothing(local):
    since = local.versions()
    local.on_notice("claude", Versioned(circuit=no_credit()(Circuit()), version=3))

    local.on_notice("claude", SHARED)
    lacking = local.merge_all({"claude": Versioned(circuit=no_credit()(Circuit()), version=2)}, since)

    assert local.shared("claude").version == 3
    assert lacking == []


def test_a_store_that_went_back_in_time_is_told_again(local):
    local.on_notice("claude", Versioned(circuit=no_credit()(Circuit()), version=9))

    lacking = local.merge_all({"claude": Versioned(circuit=Circuit(), version=4)}, local.versions())

    assert lacking == ["claude"]
    assert local.shared("claude").version == 4
    assert local.circuits()["claude"].state is CircuitState.OPEN


def test_a_batch_in_doubt_is_sent_again_before_all_others_and_as_it_was(local):
    local.enqueue("claude", fault(), "gateway")
    first = local.next_batch(counts=True)
    alone(local, fault())

    assert local.next_batch(counts=True) is first
    local.confirm(first, Versioned(circuit=first.apply(Circuit())[0], version=2))
    assert local.next_batch(counts=True).number > first.number


def test_the_error_of_a_step_that_is_judged_alone_goes_to_who_waits_and_is_not_sent(local):
    def wrong(_: Circuit) -> Circuit:
        raise ZeroDivisionError

    owed = local.enqueue("claude", wrong, "test")
    local.apply_offline(owed, offline_s=60)

    with pytest.raises(ZeroDivisionError):
        owed.done.result(0)
    assert local.next_batch(counts=True) is None


def test_a_worker_alone_for_long_forgets_steps_but_not_its_judgement(local):
    opened = alone(local, *[fault()] * 5)
    for _ in range(1100):
        local.apply_offline(local.enqueue("gemini", fault(), "gateway"), offline_s=60)

    assert local.circuits()["claude"] == opened
