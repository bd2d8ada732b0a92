"""The circuit: a table of what opens, holds and closes it, and random walks that must keep its promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.core.circuit.probing import after_early_probe, after_listing, early_probe_due
from llm.core.circuit.state import (
    BLOCKS,
    DEFAULT_POLICY,
    Admission,
    Circuit,
    CircuitState,
    admit,
    begin_probe,
    begin_trial,
    closed,
    holds_trial,
    is_due,
    ramp_share,
    release,
    reset,
)
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def failure(error_class: ErrorClass, **more: object) -> Failure:
    return Failure(error_class=error_class, message="as the vendor said", **more)  # type: ignore[arg-type]


def see(
    circuit: Circuit,
    error: ErrorClass | Failure | None = None,
    *,
    when: datetime = NOW,
    holder: str = "",
    jitter: float = 0.5,
) -> Circuit:
    if isinstance(error, ErrorClass):
        error = failure(error)
    seen = Observation(at=when, generation=circuit.generation, failure=error, holder=holder, jitter=jitter)
    return observe(circuit, seen)


def opened(error: ErrorClass = ErrorClass.SERVER_ERROR) -> Circuit:
    circuit = Circuit()
    for _ in range(5):
        circuit = see(circuit, error)
        if circuit.state is CircuitState.OPEN:
            return circuit
    raise AssertionError("five faults open a circuit")


def half_open(error: ErrorClass = ErrorClass.SERVER_ERROR) -> Circuit:
    circuit = opened(error)
    assert circuit.until is not None
    return begin_trial(circuit, "call-1", circuit.until)


def recovered() -> Circuit:
    """Just closed after an outage: traffic returns in steps."""
    circuit = half_open()
    circuit = see(circuit, when=at(20), holder="call-1")
    circuit = begin_trial(circuit, "call-2", at(21))
    return see(circuit, when=at(21), holder="call-2")


class TestOpening:
    def test_a_new_provider_takes_all_its_calls(self) -> None:
        assert admit(Circuit(), NOW, 0.999).admission is Admission.ALLOW

    @pytest.mark.parametrize("error", sorted(BLOCKS))
    def test_what_waiting_cannot_mend_opens_it_at_once(self, error: ErrorClass) -> None:
        circuit = see(Circuit(), error)
        assert (circuit.state, circuit.reason) == (CircuitState.OPEN, error)

    @pytest.mark.parametrize(
        "error",
        [ErrorClass.OVERLOADED, ErrorClass.SERVER_ERROR, ErrorClass.CONNECTION, ErrorClass.TIMEOUT, ErrorClass.UNKNOWN],
    )
    def test_five_faults_in_a_row_open_it(self, error: ErrorClass) -> None:
        circuit = Circuit()
        for _ in range(4):
            circuit = see(circuit, error)
        assert circuit.state is CircuitState.CLOSED
        assert see(circuit, error).state is CircuitState.OPEN

    def test_a_success_starts_the_row_anew(self) -> None:
        circuit = Circuit()
        for _ in range(4):
            circuit = see(circuit, ErrorClass.TIMEOUT)
        circuit = see(circuit)
        assert circuit.faults == 0
        assert see(circuit, ErrorClass.TIMEOUT).state is CircuitState.CLOSED

    def test_half_of_ten_open_it_even_when_never_in_a_row(self) -> None:
        circuit = Circuit()
        for _ in range(5):
            circuit = see(see(circuit), ErrorClass.SERVER_ERROR)
        assert circuit.state is CircuitState.OPEN

    def test_empty_answers_in_a_row_do_not_open_it(self) -> None:
        circuit = Circuit()
        for _ in range(9):
            circuit = see(circuit, ErrorClass.BAD_RESPONSE)
        assert (circuit.state, circuit.faults) == (CircuitState.CLOSED, 0)

    def test_empty_answers_count_by_rate(self) -> None:
        circuit = Circuit()
        for _ in range(10):
            circuit = see(circuit, ErrorClass.BAD_RESPONSE)
        assert circuit.state is CircuitState.OPEN

    @pytest.mark.parametrize(
        "error", [ErrorClass.INVALID_REQUEST, ErrorClass.CONTEXT_LENGTH, ErrorClass.CONTENT_FILTERED]
    )
    def test_a_callers_fault_changes_nothing(self, error: ErrorClass) -> None:
        assert see(Circuit(), error) == Circuit()


class TestWaiting:
    def test_an_open_circuit_lets_nobody_through_before_its_time(self) -> None:
        circuit = opened()
        assert admit(circuit, at(5), 0.0).admission is Admission.DENY
        assert circuit.until is not None
        assert timedelta(seconds=13) < circuit.until - NOW < timedelta(seconds=17)

    def test_the_wait_is_short_for_two_minutes_and_then_doubles_up_to_five(self) -> None:
        circuit, waits = opened(), []
        for turn in range(13):
            assert circuit.until is not None
            circuit = begin_trial(circuit, f"call-{turn}", circuit.until)
            tried_at = circuit.since or NOW
            circuit = see(circuit, ErrorClass.SERVER_ERROR, when=tried_at, holder=f"call-{turn}", jitter=0)
            waits.append(((circuit.until or NOW) - tried_at).total_seconds())
        assert waits == [15] * 7 + [30, 60, 120, 240, 300, 300]

    @pytest.mark.parametrize(("jitter", "wait_s"), [(0, 15), (0.5, 14.25), (1, 13.5)])
    def test_a_wait_is_spread_by_being_shortened(self, jitter: float, wait_s: float) -> None:
        faults = replace(Circuit(), faults=4)
        assert see(faults, ErrorClass.TIMEOUT, jitter=jitter).until == at(wait_s)

    @pytest.mark.parametrize(("asked_s", "wait_s"), [(5, 13.5), (40, 40), (900, 300)])
    def test_a_vendor_that_says_how_long_it_is_down_is_not_asked_sooner(self, asked_s: float, wait_s: float) -> None:
        down = failure(ErrorClass.OVERLOADED, retry_after_s=asked_s)
        assert see(replace(Circuit(), faults=4), down, jitter=1).until == at(wait_s)

    def test_credit_is_asked_after_five_minutes_then_ever_later(self) -> None:
        circuit, waits = see(Circuit(), ErrorClass.CREDIT_EXHAUSTED), []
        for turn in range(5):
            assert circuit.until is not None
            waits.append((circuit.until - NOW).total_seconds())
            circuit = begin_probe(circuit, f"probe-{turn}", circuit.until)
            circuit = see(circuit, ErrorClass.CREDIT_EXHAUSTED, holder=f"probe-{turn}")
        assert waits == [300, 1800, 7200, 21600, 21600]

    def test_a_date_that_the_vendor_gives_is_kept(self) -> None:
        back = NOW + timedelta(days=8)
        circuit = see(Circuit(), failure(ErrorClass.CREDIT_EXHAUSTED, until=back))
        assert circuit.until == back
        assert admit(circuit, back - timedelta(seconds=1), 0.0).admission is Admission.DENY
        assert admit(circuit, back, 0.0).admission is Admission.TRIAL

    @pytest.mark.parametrize("error", [ErrorClass.AUTH, ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND])
    def test_no_call_ever_tries_a_bad_key_again(self, error: ErrorClass) -> None:
        circuit = see(Circuit(), error)
        assert admit(circuit, NOW + timedelta(days=30), 0.0).admission is Admission.DENY
        assert is_due(circuit, NOW + timedelta(seconds=300))

    def test_a_fault_of_a_last_resort_does_not_lengthen_an_outage(self) -> None:
        circuit = opened()
        assert see(circuit, ErrorClass.SERVER_ERROR, when=at(3)).until == circuit.until

    def test_an_operators_test_does_not_lengthen_a_block(self) -> None:
        circuit = see(Circuit(), ErrorClass.CREDIT_EXHAUSTED)
        assert see(circuit, ErrorClass.CREDIT_EXHAUSTED, when=at(60)).until == circuit.until

    def test_a_success_past_the_circuit_counts_as_half_of_its_recovery(self) -> None:
        circuit = see(opened(), when=at(3))
        assert (circuit.state, circuit.trial_successes) == (CircuitState.HALF_OPEN, 1)


class TestThrottling:
    def test_the_vendors_own_time_is_kept(self) -> None:
        circuit = see(Circuit(), failure(ErrorClass.RATE_LIMITED, retry_after_s=37.5))
        assert circuit.state is CircuitState.CLOSED
        denied = admit(circuit, at(37), 0.0)
        assert (denied.admission, denied.reason, denied.until) == (Admission.DENY, "rate_limited", at(37.5))
        assert admit(circuit, at(37.6), 0.0).admission is Admission.ALLOW

    def test_without_a_time_the_wait_grows(self) -> None:
        circuit, waits = Circuit(), []
        when = NOW
        for _ in range(6):
            circuit = see(circuit, ErrorClass.RATE_LIMITED, when=when)
            assert circuit.throttled_until is not None
            waits.append((circuit.throttled_until - when).total_seconds())
            when = circuit.throttled_until
        assert waits == [5, 10, 20, 40, 60, 60]

    def test_a_call_that_was_under_way_does_not_lift_the_limit(self) -> None:
        circuit = see(Circuit(), failure(ErrorClass.RATE_LIMITED, retry_after_s=30))
        assert see(circuit, when=at(2)).throttled_until == at(30)

    def test_a_good_answer_that_left_nothing_is_a_rest_and_no_fault(self) -> None:
        before = replace(Circuit(), faults=2)
        circuit = observe(before, Observation(at=NOW, generation=0, quota_resets_in_s=5))
        denied = admit(circuit, at(4.9), 0.0)
        assert (denied.admission, denied.reason, denied.until) == (Admission.DENY, "rate_limited", at(5))
        assert admit(circuit, at(5), 0.0).admission is Admission.ALLOW
        assert (circuit.state, circuit.faults, circuit.throttles, circuit.failures) == (CircuitState.CLOSED, 0, 0, 0)
        assert circuit.last_error is None

    def test_a_rest_does_not_shorten_a_longer_limit(self) -> None:
        circuit = see(Circuit(), failure(ErrorClass.RATE_LIMITED, retry_after_s=30))
        assert observe(circuit, Observation(at=at(2), generation=0, quota_resets_in_s=5)).throttled_until == at(30)

    def test_a_trial_that_left_nothing_is_not_followed_by_another_before_its_time(self) -> None:
        trial = half_open()
        assert trial.since is not None
        seen = Observation(at=trial.since, generation=trial.generation, holder="call-1", quota_resets_in_s=5)
        circuit = observe(observe(trial, seen), seen)
        assert circuit.state is CircuitState.CLOSED
        assert admit(circuit, trial.since, 0.0).reason == "rate_limited"

    def test_a_shorter_limit_does_not_shorten_a_longer_one(self) -> None:
        circuit = see(Circuit(), failure(ErrorClass.RATE_LIMITED, retry_after_s=30))
        assert see(circuit, failure(ErrorClass.RATE_LIMITED, retry_after_s=1), when=at(2)).throttled_until == at(30)


class TestTrial:
    def test_one_caller_gets_it_and_the_next_does_not(self) -> None:
        circuit = half_open()
        assert holds_trial(circuit, "call-1")
        again = begin_trial(circuit, "call-2", at(20))
        assert again == circuit

    def test_a_dead_holder_frees_it(self) -> None:
        circuit = half_open()
        late = at(20 + DEFAULT_POLICY.trial_lease_s + 5)
        assert holds_trial(begin_trial(circuit, "call-2", late), "call-2")

    def test_a_cancelled_trial_gives_it_back(self) -> None:
        circuit = release(half_open(), "call-1")
        assert holds_trial(begin_trial(circuit, "call-2", at(21)), "call-2")

    def test_two_successes_close_it(self) -> None:
        circuit = see(half_open(), when=at(20), holder="call-1")
        assert circuit.state is CircuitState.HALF_OPEN
        assert recovered().state is CircuitState.CLOSED

    def test_any_fault_opens_it_again(self) -> None:
        circuit = see(half_open(), ErrorClass.BAD_RESPONSE, when=at(20), holder="call-1", jitter=0)
        assert circuit.state is CircuitState.OPEN
        assert circuit.until == at(35)

    def test_a_late_result_of_an_older_generation_changes_nothing(self) -> None:
        circuit = half_open()
        for error in (None, failure(ErrorClass.AUTH), failure(ErrorClass.TIMEOUT)):
            late = Observation(at=at(21), generation=circuit.generation - 1, failure=error, holder="call-0")
            assert observe(circuit, late) == circuit


class TestReturn:
    @pytest.mark.parametrize(
        ("seconds", "share"), [(0, 0.10), (4.9, 0.10), (5, 0.25), (10, 0.50), (15, 1.0), (900, 1.0)]
    )
    def test_traffic_comes_back_in_steps(self, seconds: float, share: float) -> None:
        assert ramp_share(recovered(), at(21 + seconds), DEFAULT_POLICY) == share

    def test_in_a_step_a_share_of_the_calls_goes_there(self) -> None:
        circuit = recovered()
        assert admit(circuit, at(22), 0.09).admission is Admission.ALLOW
        assert admit(circuit, at(22), 0.11).admission is Admission.LATER

    def test_a_fault_in_a_step_opens_it_again(self) -> None:
        circuit = see(recovered(), ErrorClass.SERVER_ERROR, when=at(25), jitter=0)
        assert (circuit.state, circuit.until) == (CircuitState.OPEN, at(40))

    def test_after_the_steps_the_past_is_forgiven(self) -> None:
        circuit = see(recovered(), when=at(60))
        assert (circuit.trips, circuit.ramping) == (0, False)

    def test_a_refilled_wallet_takes_all_its_traffic_at_once(self) -> None:
        circuit = see(Circuit(), ErrorClass.CREDIT_EXHAUSTED)
        for call in ("call-1", "call-2"):
            circuit = see(begin_trial(circuit, call, at(301)), when=at(301), holder=call)
        assert circuit.state is CircuitState.CLOSED
        assert admit(circuit, at(301), 0.999).admission is Admission.ALLOW


class TestReset:
    def test_it_closes_at_once_and_takes_all_traffic(self) -> None:
        circuit = reset(see(Circuit(), ErrorClass.CREDIT_EXHAUSTED), at(1))
        assert admit(circuit, at(1), 0.999).admission is Admission.ALLOW
        assert (circuit.reason, circuit.until, circuit.trips) == (None, None, 0)

    def test_it_lifts_a_throttle(self) -> None:
        circuit = see(Circuit(), failure(ErrorClass.RATE_LIMITED, retry_after_s=600))
        assert admit(reset(circuit, at(1)), at(1), 0.5).admission is Admission.ALLOW

    def test_what_is_well_is_left_alone(self) -> None:
        assert reset(Circuit(), NOW) == Circuit()


class TestProbe:
    def test_it_takes_the_lease_of_a_block_that_calls_may_not_try(self) -> None:
        circuit = see(Circuit(), ErrorClass.AUTH)
        assert holds_trial(begin_probe(circuit, "probe-1", at(301)), "probe-1")
        assert begin_probe(Circuit(), "probe-1", NOW) == Circuit()

    def test_a_leased_trial_that_fails_begins_another_wait(self) -> None:
        circuit = opened()
        assert circuit.until is not None
        leased = begin_probe(circuit, "probe-1", circuit.until)
        after = see(leased, ErrorClass.TIMEOUT, when=circuit.until, holder="probe-1", jitter=0)
        assert after.until == circuit.until + timedelta(seconds=15)

    def test_a_probe_that_cannot_connect_says_nothing_about_credit(self) -> None:
        circuit = begin_probe(see(Circuit(), ErrorClass.CREDIT_EXHAUSTED), "probe-1", at(301))
        after = see(circuit, ErrorClass.CONNECTION, when=at(301), holder="probe-1")
        assert (after.reason, after.until) == (ErrorClass.CREDIT_EXHAUSTED, at(316))


errors = st.one_of(st.none(), st.sampled_from(list(ErrorClass)))
steps = st.lists(
    st.tuples(
        st.floats(0, 90),
        errors,
        st.floats(0, 0.999),
        st.sampled_from(["call", "late", "test", "probe", "look", "late look", "cancel", "reset"]),
    ),
    max_size=60,
)


@settings(max_examples=300)
@given(steps)
def test_a_random_walk_keeps_every_promise(walk: list[tuple[float, ErrorClass | None, float, str]]) -> None:
    circuit, now, number = Circuit(), NOW, 0
    for wait, error, draw, kind in walk:
        now, number, before = now + timedelta(seconds=wait), number + 1, circuit
        circuit = _one_step(circuit, now, f"call-{number}", error, draw, kind)
        assert circuit.generation >= before.generation
        assert circuit.generation - before.generation <= 2, "a lease and its result are two transitions at most"
        if circuit.state is not before.state:
            assert circuit.generation > before.generation
        if circuit.state is CircuitState.OPEN:
            assert circuit.reason is not None
            assert circuit.until is not None
            assert circuit.until - now <= timedelta(seconds=DEFAULT_POLICY.block_s[-1])
        if circuit.state is CircuitState.CLOSED:
            assert (circuit.reason, circuit.until, circuit.trial_holder) == (None, None, "")
            assert (circuit.next_list_probe_at, circuit.list_probe_failed) == (None, False)
        if circuit.reason in BLOCKS:
            assert circuit.next_list_probe_at is None, "a block is not looked into: waiting seconds does not help"
        assert 0.1 <= ramp_share(circuit, now, DEFAULT_POLICY) <= 1.0


def _one_step(
    circuit: Circuit, now: datetime, holder: str, error: ErrorClass | None, draw: float, kind: str
) -> Circuit:
    seen = Observation(
        at=now,
        generation=circuit.generation,
        holder=holder,
        failure=failure(error) if error else None,
        jitter=draw,
    )
    match kind:
        case "reset":
            return reset(circuit, now)
        case "late":
            return observe(circuit, replace(seen, generation=circuit.generation - 1))
        case "test":
            return observe(circuit, seen)
        case "probe" if is_due(circuit, now):
            leased = begin_probe(circuit, holder, now)
            return after_listing(leased, replace(seen, generation=leased.generation))
        case "look" | "late look" if early_probe_due(circuit, now):
            return _one_look(circuit, seen, late=kind == "late look")
    admission = admit(circuit, now, draw).admission
    if admission is Admission.DENY:
        return circuit
    if admission is Admission.TRIAL:
        circuit = begin_trial(circuit, holder, now)
        assert holds_trial(circuit, holder)
        if kind == "cancel":
            return release(circuit, holder)
    return observe(circuit, replace(seen, generation=circuit.generation))


def _one_look(circuit: Circuit, seen: Observation, *, late: bool) -> Circuit:
    leased = begin_probe(circuit, seen.holder, seen.at)
    if late:
        assert after_early_probe(leased, replace(seen, generation=leased.generation - 1)) == leased
    after = after_early_probe(leased, seen)
    assert after.trial_holder == ""
    changed = {"trial_holder", "trial_until", "next_list_probe_at", "list_probe_failed"}
    if seen.failure is None and circuit.list_probe_failed:
        assert (after.until, after.list_probe_failed) == (min(seen.at, circuit.until or seen.at), False)
        changed.add("until")
    assert all(getattr(after, name) == getattr(circuit, name) for name in Circuit.__slots__ if name not in changed)
    return after


@settings(max_examples=200)
@given(steps)
def test_a_provider_that_is_well_again_always_comes_back(
    walk: list[tuple[float, ErrorClass | None, float, str]],
) -> None:
    circuit, now = Circuit(), NOW
    for number, (wait, error, draw, kind) in enumerate(walk):
        now += timedelta(seconds=wait)
        circuit = _one_step(circuit, now, f"call-{number}", error, draw, kind)
    for turn in range(4):
        now += timedelta(seconds=DEFAULT_POLICY.block_s[-1] + 1)
        if is_due(circuit, now):
            leased = begin_probe(circuit, f"probe-{turn}", now)
            circuit = see(leased, when=now, holder=f"probe-{turn}")
        elif early_probe_due(circuit, now):
            for holder in (f"list-{turn}", f"probe-{turn}"):
                well = Observation(at=now, generation=circuit.generation, holder=holder)
                transition = after_early_probe if holder.startswith("list") else observe
                circuit = transition(begin_probe(circuit, holder, now), well)
    assert circuit.state is CircuitState.CLOSED
    assert admit(circuit, now + timedelta(seconds=60), 0.999).admission is Admission.ALLOW


def test_closing_by_hand_raises_the_generation() -> None:
    circuit = opened()
    assert closed(circuit, at(1)).generation == circuit.generation + 1
