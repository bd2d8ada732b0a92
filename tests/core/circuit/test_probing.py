"""Looks at a vendor whose wait is not over: what they may end, what they must leave, and how soon all is well again."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.core.circuit.probing import after_early_probe, after_listing, early_probe_due
from llm.core.circuit.state import (
    DEFAULT_POLICY,
    Admission,
    Circuit,
    CircuitState,
    admit,
    begin_probe,
    begin_trial,
    is_due,
)
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure
from tests.core.circuit.test_transitions import NOW, at, failure, half_open, opened, see

INTERVAL_S = DEFAULT_POLICY.probe_interval_s[0]
ROUND_S = 1.0
"""How late the worker may be."""


def look(circuit: Circuit, error: ErrorClass | Failure | None, *, seconds: float, is_probe: bool = False) -> Circuit:
    """The list of models is asked for; so many seconds after the circuit opened.

    `is_probe`: a worker that has money for completions asks, so that callers can be kept out meanwhile.
    """
    if isinstance(error, ErrorClass):
        error = failure(error)
    assert early_probe_due(circuit, at(seconds))
    leased = begin_probe(circuit, "look", at(seconds))
    seen = Observation(at=at(seconds), generation=leased.generation, failure=error, holder="look", is_probe=is_probe)
    return after_early_probe(leased, seen)


def twice_down(error: ErrorClass = ErrorClass.SERVER_ERROR) -> Circuit:
    """Its trial at 14.25 s has failed, so that it waits until 30 s; no probe was made so far."""
    circuit = see(half_open(error), error, when=at(15), holder="call-1", jitter=0)
    assert circuit.until == at(30)
    return circuit


class TestWhen:
    @pytest.mark.parametrize("error", ["overloaded", "server_error", "connection", "timeout", "unknown"])
    def test_an_outage_is_looked_into_as_soon_as_it_is_known(self, error: str) -> None:
        assert early_probe_due(opened(ErrorClass(error)), NOW)

    def test_so_are_answers_of_no_use(self) -> None:
        circuit = Circuit()
        while circuit.state is CircuitState.CLOSED:
            circuit = see(circuit, ErrorClass.BAD_RESPONSE)
        assert early_probe_due(circuit, NOW)

    @pytest.mark.parametrize("error", ["credit_exhausted", "auth", "permission", "model_not_found"])
    def test_a_block_is_not(self, error: str) -> None:
        circuit = see(Circuit(), ErrorClass(error))
        assert not any(early_probe_due(circuit, at(seconds)) for seconds in range(0, 300, 5))

    def test_a_rate_limit_is_not(self) -> None:
        assert not early_probe_due(see(Circuit(), ErrorClass.RATE_LIMITED), at(1))

    def test_an_outage_that_ends_in_an_empty_wallet_is_looked_into_no_more(self) -> None:
        circuit = see(half_open(), ErrorClass.CREDIT_EXHAUSTED, when=at(20), holder="call-1")
        assert (circuit.next_list_probe_at, circuit.list_probe_failed) == (None, False)

    def test_the_next_look_is_an_interval_later(self) -> None:
        circuit = look(opened(), ErrorClass.TIMEOUT, seconds=1, is_probe=True)
        assert not early_probe_due(circuit, at(1 + INTERVAL_S - 0.1))
        assert early_probe_due(circuit, at(1 + INTERVAL_S))

    def test_after_five_minutes_the_interval_is_longer(self) -> None:
        circuit = replace(opened(), until=at(900), next_list_probe_at=at(301))
        circuit = look(circuit, ErrorClass.TIMEOUT, seconds=301, is_probe=True)
        assert not early_probe_due(circuit, at(301 + 14.9))
        assert early_probe_due(circuit, at(301 + 15))

    def test_a_trial_takes_the_place_of_a_look(self) -> None:
        circuit = twice_down()
        assert not early_probe_due(circuit, at(14.25 + INTERVAL_S - 0.1))
        assert early_probe_due(circuit, at(14.25 + INTERVAL_S))

    def test_when_the_wait_is_over_a_probe_is_due_and_no_look(self) -> None:
        circuit = look(opened(), None, seconds=0)
        assert (early_probe_due(circuit, at(16)), is_due(circuit, at(16))) == (False, True)

    def test_a_list_that_fails_is_looked_at_all_the_time_and_a_call_may_try(self) -> None:
        """Its failure is no reason to wait longer: the list may be broken while the completions are well."""
        circuit = look(opened(), ErrorClass.TIMEOUT, seconds=0)
        assert circuit.until == at(14.25)
        assert (early_probe_due(circuit, at(16.2)), early_probe_due(circuit, at(16.3))) == (False, True), (
            "callers first"
        )
        assert not is_due(circuit, at(16.3))
        circuit = look(circuit, ErrorClass.TIMEOUT, seconds=16.3)
        assert admit(circuit, at(16.3), 0.0).admission is Admission.TRIAL

    def test_nobody_looks_while_another_does(self) -> None:
        circuit = begin_probe(opened(), "look", at(1))
        assert not early_probe_due(replace(circuit, next_list_probe_at=NOW), at(2))

    def test_a_dead_worker_holds_it_up_for_its_lease_only(self) -> None:
        circuit = begin_probe(replace(twice_down(), until=at(90)), "killed", at(1))
        assert early_probe_due(circuit, at(1 + DEFAULT_POLICY.trial_lease_s))

    def test_a_vendor_that_says_when_to_come_back_is_not_looked_at_before(self) -> None:
        circuit = see(replace(Circuit(), faults=4), failure(ErrorClass.OVERLOADED, retry_after_s=40))
        assert not early_probe_due(circuit, at(39.9))
        assert is_due(circuit, at(40))


class TestWhatItTells:
    def test_a_list_that_failed_and_works_again_ends_the_wait_and_closes_nothing(self) -> None:
        circuit = look(opened(), ErrorClass.SERVER_ERROR, seconds=1)
        circuit = look(replace(circuit, until=at(300)), None, seconds=16)
        assert (circuit.state, circuit.trial_successes, circuit.until) == (CircuitState.OPEN, 0, at(16))
        for call in ("call-1", "call-2"):
            assert circuit.state is not CircuitState.CLOSED
            circuit = see(begin_trial(circuit, call, at(17)), when=at(17), holder=call)
        assert (circuit.state, circuit.ramping) == (CircuitState.CLOSED, True)

    def test_a_list_that_works_all_along_tells_nothing(self) -> None:
        before = replace(twice_down(), until=at(45))
        circuit = look(look(before, None, seconds=29.3), None, seconds=44.4)
        assert (circuit.state, circuit.until, circuit.generation) == (CircuitState.OPEN, at(45), before.generation)

    def test_a_list_that_fails_keeps_callers_out_while_completions_can_be_afforded(self) -> None:
        before = twice_down()
        assert look(before, ErrorClass.CONNECTION, seconds=29.3).until == at(30)
        circuit = look(before, ErrorClass.CONNECTION, seconds=29.3, is_probe=True)
        assert (circuit.until, circuit.trips, circuit.window) == (at(29.3 + 20), before.trips, before.window)

    def test_a_probes_completion_that_fails_keeps_callers_out_and_does_not_lengthen_the_outage(self) -> None:
        leased = begin_probe(opened(), "probe", at(10))
        seen = Observation(
            at=at(10),
            generation=leased.generation,
            failure=failure(ErrorClass.SERVER_ERROR),
            holder="probe",
            is_probe=True,
        )
        circuit = observe(leased, seen)
        assert (circuit.state, circuit.until, circuit.trips) == (CircuitState.OPEN, at(30), leased.trips)
        assert circuit.generation == leased.generation

    def test_two_completions_of_a_probe_close_it(self) -> None:
        circuit = opened()
        for probe in ("probe-1", "probe-2"):
            leased = begin_probe(circuit, probe, at(10))
            seen = Observation(at=at(10), generation=leased.generation, holder=probe, is_probe=True)
            circuit = observe(leased, seen)
        assert (circuit.state, circuit.ramping) == (CircuitState.CLOSED, True)

    @pytest.mark.parametrize(
        ("failed", "until", "left_until"),
        [(True, 300, 35), (True, 32, 32), (True, 20, 35), (False, 300, 300), (False, 20, 35)],
    )
    def test_after_a_good_list_the_provider_is_left_to_the_completions_of_its_probe(
        self, failed: bool, until: float, left_until: float
    ) -> None:
        """So no other worker lists, and no caller tries, between the list and its completions."""
        before = replace(opened(), until=at(until), list_probe_failed=failed)
        leased = begin_probe(before, "look", at(30))
        seen = Observation(at=at(30), generation=leased.generation, holder="look", is_probe=True)
        circuit = after_early_probe(leased, seen)
        assert (circuit.until, circuit.list_probe_failed) == (at(left_until), False)
        assert not is_due(circuit, at(31))

    def test_after_the_first_completion_the_second_is_left_to_the_same_probe(self) -> None:
        leased = begin_probe(opened(), "probe-1", at(10))
        seen = Observation(at=at(10), generation=leased.generation, holder="probe-1", is_probe=True)
        circuit = observe(leased, seen)
        assert circuit.state is CircuitState.HALF_OPEN
        assert not is_due(circuit, at(11))
        assert is_due(circuit, at(12))

    def test_the_same_news_counts_once(self) -> None:
        """The list is back, the completions are not: their trial fails, and its wait stands."""
        circuit = look(opened(), ErrorClass.SERVER_ERROR, seconds=1)
        circuit = begin_trial(look(replace(circuit, until=at(300)), None, seconds=16), "call-2", at(16))
        circuit = see(circuit, ErrorClass.SERVER_ERROR, when=at(16), holder="call-2", jitter=0)
        assert circuit.until == at(31)
        circuit = look(circuit, None, seconds=30)
        assert (circuit.state, circuit.until) == (CircuitState.OPEN, at(31))

    def test_what_failed_in_the_outage_before_is_forgotten(self) -> None:
        circuit = look(opened(), ErrorClass.SERVER_ERROR, seconds=1)
        for call in ("call-1", "call-2"):
            circuit = begin_trial(circuit, call, at(16))
            circuit = see(circuit, when=at(16), holder=call)
        circuit = see(circuit, ErrorClass.SERVER_ERROR, when=at(20))
        assert circuit.state is CircuitState.OPEN
        assert look(circuit, None, seconds=20).until == circuit.until

    @pytest.mark.parametrize(
        "error",
        [
            failure(ErrorClass.INVALID_REQUEST, http_status=404),
            failure(ErrorClass.MODEL_NOT_FOUND, http_status=404),
            failure(ErrorClass.BAD_RESPONSE, http_status=404),
            failure(ErrorClass.UNKNOWN, http_status=405),
            failure(ErrorClass.PERMISSION, http_status=403),
        ],
        ids=lambda error: f"{error.http_status} {error.error_class}",
    )
    def test_a_vendor_without_a_list_is_left_to_its_wait(self, error: Failure) -> None:
        before = twice_down()
        circuit = look(before, error, seconds=29.3)
        assert circuit == replace(before, next_list_probe_at=None, list_probe_failed=False)
        again = see(begin_trial(circuit, "call-3", at(45)), ErrorClass.TIMEOUT, when=at(45), holder="call-3")
        assert again.next_list_probe_at is None, "nor is it asked for in the rest of the outage"

    @pytest.mark.parametrize("error", [ErrorClass.AUTH, ErrorClass.CREDIT_EXHAUSTED, ErrorClass.RATE_LIMITED])
    def test_a_refusal_tells_nothing_of_an_outage(self, error: ErrorClass) -> None:
        before = replace(twice_down(), until=at(45))
        circuit = look(before, error, seconds=29.3, is_probe=True)
        assert replace(circuit, next_list_probe_at=None) == replace(before, next_list_probe_at=None)
        assert look(circuit, None, seconds=44.4).until == at(45)

    def test_a_limit_on_lists_is_kept(self) -> None:
        circuit = look(twice_down(), failure(ErrorClass.RATE_LIMITED, retry_after_s=40), seconds=29.3)
        assert circuit.next_list_probe_at == at(69.3)

    @pytest.mark.parametrize("reason", [ErrorClass.AUTH, ErrorClass.CREDIT_EXHAUSTED, ErrorClass.PERMISSION])
    def test_an_operators_list_closes_nothing(self, reason: ErrorClass) -> None:
        circuit = see(Circuit(), reason)
        assert after_listing(circuit, Observation(at=at(5), generation=0)) == circuit

    def test_a_look_that_outlives_its_lease_or_its_generation_changes_nothing(self) -> None:
        leased = begin_probe(look(opened(), ErrorClass.TIMEOUT, seconds=0), "look", at(1))
        for error in (None, failure(ErrorClass.TIMEOUT), failure(ErrorClass.INVALID_REQUEST)):
            seen = Observation(at=at(9), generation=leased.generation, failure=error, holder="look")
            other = replace(leased, trial_holder="another")
            assert after_early_probe(other, seen) == other
            well = see(leased, when=at(2))
            assert after_early_probe(well, seen) == well

    def test_a_due_probe_of_an_older_generation_changes_nothing_either(self) -> None:
        leased = begin_probe(opened(), "probe", at(15))
        well = see(leased, when=at(16))
        late = Observation(at=at(17), generation=leased.generation, failure=failure(ErrorClass.TIMEOUT), holder="probe")
        assert after_listing(well, late) == well


@dataclass(kw_only=True)
class Vendor:
    """A vendor that went down at 0 s, seen second by second by a worker, if there is one, and by a caller every 4 s."""

    down_s: float
    worker: bool
    chances: Iterator[float]
    lists_all_along: bool = False
    circuit: Circuit = field(default_factory=lambda: replace(opened(), until=at(15)))
    lists: list[float] = field(default_factory=list)
    completions: list[float] = field(default_factory=list)
    trials: list[float] = field(default_factory=list)
    serves_from: float | None = None

    def live(self, seconds: int, *, late: float) -> None:
        for second in range(seconds):
            if self.worker:
                self._worker(second + late)
            if second % 4 == 0:
                self._caller(second + 0.5)
            if self.circuit.state is CircuitState.CLOSED:
                self.serves_from = second + 1
                return

    def _observe(self, seconds: float, holder: str, *, well: bool, is_probe: bool = False) -> Observation:
        return Observation(
            at=at(seconds),
            generation=self.circuit.generation,
            failure=None if well else failure(ErrorClass.SERVER_ERROR),
            holder=holder,
            jitter=next(self.chances),
            is_probe=is_probe,
        )

    def _worker(self, seconds: float) -> None:
        if not (is_due(self.circuit, at(seconds)) or early_probe_due(self.circuit, at(seconds))):
            return
        self.lists.append(seconds)
        self.circuit = begin_probe(self.circuit, "worker", at(seconds))
        listed = self.lists_all_along or seconds >= self.down_s
        self.circuit = after_early_probe(self.circuit, self._observe(seconds, "worker", well=listed, is_probe=True))
        while listed and self.circuit.state is not CircuitState.CLOSED:
            self.completions.append(seconds)
            self.circuit = begin_probe(self.circuit, "worker", at(seconds))
            well = seconds >= self.down_s
            self.circuit = observe(self.circuit, self._observe(seconds, "worker", well=well, is_probe=True))
            if not well:
                return

    def _caller(self, seconds: float) -> None:
        if admit(self.circuit, at(seconds), 0.0).admission is not Admission.TRIAL:
            return
        self.trials.append(seconds)
        self.circuit = begin_trial(self.circuit, "caller", at(seconds))
        self.circuit = observe(self.circuit, self._observe(seconds, "caller", well=seconds >= self.down_s))


chances = st.lists(st.floats(0, 0.999), min_size=20, max_size=20).map(lambda drawn: iter(drawn * 200))


@settings(max_examples=200)
@given(st.integers(0, 290), st.booleans(), st.floats(0, 0.99), chances)
def test_with_a_worker_a_vendor_that_is_well_serves_again_within_twelve_seconds(
    down_s: int, lists: bool, late: float, drawn: Iterator[float]
) -> None:
    vendor = Vendor(down_s=down_s, worker=True, chances=drawn, lists_all_along=lists)
    vendor.live(down_s + 60, late=late)
    assert vendor.serves_from is not None
    assert vendor.serves_from - down_s <= 12


@settings(max_examples=200)
@given(st.integers(0, 100), st.floats(0, 0.99), chances)
def test_without_a_worker_it_serves_again_within_twenty_seconds(
    down_s: int, late: float, drawn: Iterator[float]
) -> None:
    vendor = Vendor(down_s=down_s, worker=False, chances=drawn)
    vendor.live(down_s + 60, late=late)
    assert vendor.serves_from is not None
    assert vendor.serves_from - down_s <= 24  # a caller comes every 4 s, and two of them close it


@settings(max_examples=200)
@given(st.booleans(), st.floats(0, 0.99), chances)
def test_with_a_worker_no_caller_meets_a_vendor_that_is_down_for_a_minute(
    lists: bool, late: float, drawn: Iterator[float]
) -> None:
    vendor = Vendor(down_s=3600, worker=True, chances=drawn, lists_all_along=lists)
    vendor.live(60, late=late)
    assert vendor.trials == []
    assert len(vendor.lists) <= 7
    assert len(vendor.completions) <= len(vendor.lists)


@settings(max_examples=100)
@given(st.floats(0, 0.99), chances)
def test_without_a_worker_callers_try_every_fifteen_seconds_for_two_minutes_and_then_less_often(
    late: float, drawn: Iterator[float]
) -> None:
    vendor = Vendor(down_s=3600, worker=False, chances=drawn)
    vendor.live(600, late=late)
    gaps = [after - before for before, after in zip(vendor.trials, vendor.trials[1:], strict=False)]
    assert all(gap <= 20 for gap in gaps[:6])
    assert max(gaps) >= 50
