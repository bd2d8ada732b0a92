"""The circuit: a table of what opens, holds and closes it, and random walks that must keep its promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.core.circuit.probing import after_early, after_listing, is_early
from llm.core.circuit.state import (
    BLOCKS,
    DEFAULT_POLICY,
    Admission,
    Health,
    State,
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
    health: Health,
    error: ErrorClass | Failure | None = None,
    *,
    when: datetime = NOW,
    holder: str = "",
    chance: float = 0.5,
) -> Health:
    if isinstance(error, ErrorClass):
        error = failure(error)
    seen = Observation(at=when, generation=health.generation, failure=error, holder=holder, chance=chance)
    return observe(health, seen)


def opened(error: ErrorClass = ErrorClass.SERVER_ERROR) -> Health:
    health = Health()
    for _ in range(5):
        health = see(health, error)
        if health.state is State.OPEN:
            return health
    raise AssertionError("five faults open a circuit")


def half_open(error: ErrorClass = ErrorClass.SERVER_ERROR) -> Health:
    health = opened(error)
    assert health.until is not None
    return begin_trial(health, "call-1", health.until)


def recovered() -> Health:
    """Just closed after an outage: traffic returns in steps."""
    health = half_open()
    health = see(health, when=at(20), holder="call-1")
    health = begin_trial(health, "call-2", at(21))
    return see(health, when=at(21), holder="call-2")


class TestOpening:
    def test_a_new_provider_takes_all_its_calls(self) -> None:
        assert admit(Health(), NOW, 0.999).admission is Admission.ALLOW

    @pytest.mark.parametrize("error", sorted(BLOCKS))
    def test_what_waiting_cannot_mend_opens_it_at_once(self, error: ErrorClass) -> None:
        health = see(Health(), error)
        assert (health.state, health.reason) == (State.OPEN, error)

    @pytest.mark.parametrize(
        "error",
        [ErrorClass.OVERLOADED, ErrorClass.SERVER_ERROR, ErrorClass.CONNECTION, ErrorClass.TIMEOUT, ErrorClass.UNKNOWN],
    )
    def test_five_faults_in_a_row_open_it(self, error: ErrorClass) -> None:
        health = Health()
        for _ in range(4):
            health = see(health, error)
        assert health.state is State.CLOSED
        assert see(health, error).state is State.OPEN

    def test_a_success_starts_the_row_anew(self) -> None:
        health = Health()
        for _ in range(4):
            health = see(health, ErrorClass.TIMEOUT)
        health = see(health)
        assert health.faults == 0
        assert see(health, ErrorClass.TIMEOUT).state is State.CLOSED

    def test_half_of_ten_open_it_even_when_never_in_a_row(self) -> None:
        health = Health()
        for _ in range(5):
            health = see(see(health), ErrorClass.SERVER_ERROR)
        assert health.state is State.OPEN

    def test_empty_answers_in_a_row_do_not_open_it(self) -> None:
        health = Health()
        for _ in range(9):
            health = see(health, ErrorClass.BAD_RESPONSE)
        assert (health.state, health.faults) == (State.CLOSED, 0)

    def test_empty_answers_count_by_rate(self) -> None:
        health = Health()
        for _ in range(10):
            health = see(health, ErrorClass.BAD_RESPONSE)
        assert health.state is State.OPEN

    @pytest.mark.parametrize(
        "error", [ErrorClass.INVALID_REQUEST, ErrorClass.CONTEXT_LENGTH, ErrorClass.CONTENT_FILTERED]
    )
    def test_a_callers_fault_changes_nothing(self, error: ErrorClass) -> None:
        assert see(Health(), error) == Health()


class TestWaiting:
    def test_an_open_circuit_lets_nobody_through_before_its_time(self) -> None:
        health = opened()
        assert admit(health, at(5), 0.0).admission is Admission.DENY
        assert health.until is not None
        assert timedelta(seconds=13) < health.until - NOW < timedelta(seconds=17)

    def test_the_wait_doubles_up_to_five_minutes(self) -> None:
        health, waits = opened(), []
        for turn in range(7):
            assert health.until is not None
            health = begin_trial(health, f"call-{turn}", health.until)
            tried_at = health.since or NOW
            health = see(health, ErrorClass.SERVER_ERROR, when=tried_at, holder=f"call-{turn}", chance=0)
            waits.append(((health.until or NOW) - tried_at).total_seconds())
        assert waits == [30, 60, 120, 240, 300, 300, 300]

    @pytest.mark.parametrize(("chance", "wait_s"), [(0, 15), (0.5, 14.25), (1, 13.5)])
    def test_a_wait_is_spread_by_being_shortened(self, chance: float, wait_s: float) -> None:
        faults = replace(Health(), faults=4)
        assert see(faults, ErrorClass.TIMEOUT, chance=chance).until == at(wait_s)

    @pytest.mark.parametrize(("asked_s", "wait_s"), [(5, 13.5), (40, 40), (900, 300)])
    def test_a_vendor_that_says_how_long_it_is_down_is_not_asked_sooner(self, asked_s: float, wait_s: float) -> None:
        down = failure(ErrorClass.OVERLOADED, retry_after_s=asked_s)
        assert see(replace(Health(), faults=4), down, chance=1).until == at(wait_s)

    def test_credit_is_asked_after_five_minutes_then_ever_later(self) -> None:
        health, waits = see(Health(), ErrorClass.CREDIT_EXHAUSTED), []
        for turn in range(5):
            assert health.until is not None
            waits.append((health.until - NOW).total_seconds())
            health = begin_probe(health, f"probe-{turn}", health.until)
            health = see(health, ErrorClass.CREDIT_EXHAUSTED, holder=f"probe-{turn}")
        assert waits == [300, 1800, 7200, 21600, 21600]

    def test_a_date_that_the_vendor_gives_is_kept(self) -> None:
        back = NOW + timedelta(days=8)
        health = see(Health(), failure(ErrorClass.CREDIT_EXHAUSTED, until=back))
        assert health.until == back
        assert admit(health, back - timedelta(seconds=1), 0.0).admission is Admission.DENY
        assert admit(health, back, 0.0).admission is Admission.TRIAL

    @pytest.mark.parametrize("error", [ErrorClass.AUTH, ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND])
    def test_no_call_ever_tries_a_bad_key_again(self, error: ErrorClass) -> None:
        health = see(Health(), error)
        assert admit(health, NOW + timedelta(days=30), 0.0).admission is Admission.DENY
        assert is_due(health, NOW + timedelta(seconds=300))

    def test_a_fault_of_a_last_resort_does_not_lengthen_an_outage(self) -> None:
        health = opened()
        assert see(health, ErrorClass.SERVER_ERROR, when=at(3)).until == health.until

    def test_an_operators_test_does_not_lengthen_a_block(self) -> None:
        health = see(Health(), ErrorClass.CREDIT_EXHAUSTED)
        assert see(health, ErrorClass.CREDIT_EXHAUSTED, when=at(60)).until == health.until

    def test_a_success_past_the_circuit_counts_as_half_of_its_recovery(self) -> None:
        health = see(opened(), when=at(3))
        assert (health.state, health.trial_successes) == (State.HALF_OPEN, 1)


class TestThrottling:
    def test_the_vendors_own_time_is_kept(self) -> None:
        health = see(Health(), failure(ErrorClass.RATE_LIMITED, retry_after_s=37.5))
        assert health.state is State.CLOSED
        denied = admit(health, at(37), 0.0)
        assert (denied.admission, denied.reason, denied.until) == (Admission.DENY, "rate_limited", at(37.5))
        assert admit(health, at(37.6), 0.0).admission is Admission.ALLOW

    def test_without_a_time_the_wait_grows(self) -> None:
        health, waits = Health(), []
        when = NOW
        for _ in range(6):
            health = see(health, ErrorClass.RATE_LIMITED, when=when)
            assert health.throttled_until is not None
            waits.append((health.throttled_until - when).total_seconds())
            when = health.throttled_until
        assert waits == [5, 10, 20, 40, 60, 60]

    def test_a_call_that_was_under_way_does_not_lift_the_limit(self) -> None:
        health = see(Health(), failure(ErrorClass.RATE_LIMITED, retry_after_s=30))
        assert see(health, when=at(2)).throttled_until == at(30)

    def test_a_good_answer_that_left_nothing_is_a_rest_and_no_fault(self) -> None:
        before = replace(Health(), faults=2)
        health = observe(before, Observation(at=NOW, generation=0, rest_s=5))
        denied = admit(health, at(4.9), 0.0)
        assert (denied.admission, denied.reason, denied.until) == (Admission.DENY, "rate_limited", at(5))
        assert admit(health, at(5), 0.0).admission is Admission.ALLOW
        assert (health.state, health.faults, health.throttles, health.failures) == (State.CLOSED, 0, 0, 0)
        assert health.last_error is None

    def test_a_rest_does_not_shorten_a_longer_limit(self) -> None:
        health = see(Health(), failure(ErrorClass.RATE_LIMITED, retry_after_s=30))
        assert observe(health, Observation(at=at(2), generation=0, rest_s=5)).throttled_until == at(30)

    def test_a_trial_that_left_nothing_is_not_followed_by_another_before_its_time(self) -> None:
        trial = half_open()
        assert trial.since is not None
        seen = Observation(at=trial.since, generation=trial.generation, holder="call-1", rest_s=5)
        health = observe(observe(trial, seen), seen)
        assert health.state is State.CLOSED
        assert admit(health, trial.since, 0.0).reason == "rate_limited"

    def test_a_shorter_limit_does_not_shorten_a_longer_one(self) -> None:
        health = see(Health(), failure(ErrorClass.RATE_LIMITED, retry_after_s=30))
        assert see(health, failure(ErrorClass.RATE_LIMITED, retry_after_s=1), when=at(2)).throttled_until == at(30)


class TestTrial:
    def test_one_caller_gets_it_and_the_next_does_not(self) -> None:
        health = half_open()
        assert holds_trial(health, "call-1")
        again = begin_trial(health, "call-2", at(20))
        assert again == health

    def test_a_dead_holder_frees_it(self) -> None:
        health = half_open()
        late = at(20 + DEFAULT_POLICY.trial_lease_s + 5)
        assert holds_trial(begin_trial(health, "call-2", late), "call-2")

    def test_a_cancelled_trial_gives_it_back(self) -> None:
        health = release(half_open(), "call-1")
        assert holds_trial(begin_trial(health, "call-2", at(21)), "call-2")

    def test_two_successes_close_it(self) -> None:
        health = see(half_open(), when=at(20), holder="call-1")
        assert health.state is State.HALF_OPEN
        assert recovered().state is State.CLOSED

    def test_any_fault_opens_it_for_twice_as_long(self) -> None:
        health = see(half_open(), ErrorClass.BAD_RESPONSE, when=at(20), holder="call-1", chance=0)
        assert health.state is State.OPEN
        assert health.until == at(50)

    def test_a_late_result_of_an_older_generation_changes_nothing(self) -> None:
        health = half_open()
        for error in (None, failure(ErrorClass.AUTH), failure(ErrorClass.TIMEOUT)):
            late = Observation(at=at(21), generation=health.generation - 1, failure=error, holder="call-0")
            assert observe(health, late) == health


class TestReturn:
    @pytest.mark.parametrize(
        ("seconds", "share"), [(0, 0.10), (4.9, 0.10), (5, 0.25), (10, 0.50), (15, 1.0), (900, 1.0)]
    )
    def test_traffic_comes_back_in_steps(self, seconds: float, share: float) -> None:
        assert ramp_share(recovered(), at(21 + seconds), DEFAULT_POLICY) == share

    def test_in_a_step_a_share_of_the_calls_goes_there(self) -> None:
        health = recovered()
        assert admit(health, at(22), 0.09).admission is Admission.ALLOW
        assert admit(health, at(22), 0.11).admission is Admission.LATER

    def test_a_fault_in_a_step_opens_it_with_a_doubled_wait(self) -> None:
        health = see(recovered(), ErrorClass.SERVER_ERROR, when=at(25), chance=0)
        assert (health.state, health.until) == (State.OPEN, at(55))

    def test_after_the_steps_the_past_is_forgiven(self) -> None:
        health = see(recovered(), when=at(60))
        assert (health.trips, health.ramping) == (0, False)

    def test_a_refilled_wallet_takes_all_its_traffic_at_once(self) -> None:
        health = see(Health(), ErrorClass.CREDIT_EXHAUSTED)
        for call in ("call-1", "call-2"):
            health = see(begin_trial(health, call, at(301)), when=at(301), holder=call)
        assert health.state is State.CLOSED
        assert admit(health, at(301), 0.999).admission is Admission.ALLOW


class TestReset:
    def test_it_closes_at_once_and_takes_all_traffic(self) -> None:
        health = reset(see(Health(), ErrorClass.CREDIT_EXHAUSTED), at(1))
        assert admit(health, at(1), 0.999).admission is Admission.ALLOW
        assert (health.reason, health.until, health.trips) == (None, None, 0)

    def test_it_lifts_a_throttle(self) -> None:
        health = see(Health(), failure(ErrorClass.RATE_LIMITED, retry_after_s=600))
        assert admit(reset(health, at(1)), at(1), 0.5).admission is Admission.ALLOW

    def test_what_is_well_is_left_alone(self) -> None:
        assert reset(Health(), NOW) == Health()


class TestProbe:
    def test_it_takes_the_lease_of_a_block_that_calls_may_not_try(self) -> None:
        health = see(Health(), ErrorClass.AUTH)
        assert holds_trial(begin_probe(health, "probe-1", at(301)), "probe-1")
        assert begin_probe(Health(), "probe-1", NOW) == Health()

    def test_a_leased_probe_that_fails_lengthens_the_wait(self) -> None:
        health = opened()
        assert health.until is not None
        leased = begin_probe(health, "probe-1", health.until)
        after = see(leased, ErrorClass.TIMEOUT, when=health.until, holder="probe-1", chance=0)
        assert after.until == health.until + timedelta(seconds=30)

    def test_a_probe_that_cannot_connect_says_nothing_about_credit(self) -> None:
        health = begin_probe(see(Health(), ErrorClass.CREDIT_EXHAUSTED), "probe-1", at(301))
        after = see(health, ErrorClass.CONNECTION, when=at(301), holder="probe-1")
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
    health, now, number = Health(), NOW, 0
    for wait, error, draw, kind in walk:
        now, number, before = now + timedelta(seconds=wait), number + 1, health
        health = _one_step(health, now, f"call-{number}", error, draw, kind)
        assert health.generation >= before.generation
        assert health.generation - before.generation <= 2, "a lease and its result are two transitions at most"
        if health.state is not before.state:
            assert health.generation > before.generation
        if health.state is State.OPEN:
            assert health.reason is not None
            assert health.until is not None
            assert health.until - now <= timedelta(seconds=DEFAULT_POLICY.block_s[-1])
        if health.state is State.CLOSED:
            assert (health.reason, health.until, health.trial_holder) == (None, None, "")
            assert (health.listing_at, health.listing_failed) == (None, False)
        if health.reason in BLOCKS:
            assert health.listing_at is None, "a block is not looked into: waiting seconds does not help"
        assert 0.1 <= ramp_share(health, now, DEFAULT_POLICY) <= 1.0


def _one_step(health: Health, now: datetime, holder: str, error: ErrorClass | None, draw: float, kind: str) -> Health:
    seen = Observation(
        at=now,
        generation=health.generation,
        holder=holder,
        failure=failure(error) if error else None,
        chance=draw,
    )
    match kind:
        case "reset":
            return reset(health, now)
        case "late":
            return observe(health, replace(seen, generation=health.generation - 1))
        case "test":
            return observe(health, seen)
        case "probe" if is_due(health, now):
            leased = begin_probe(health, holder, now)
            return after_listing(leased, replace(seen, generation=leased.generation))
        case "look" | "late look" if is_early(health, now):
            return _one_look(health, seen, late=kind == "late look")
    admission = admit(health, now, draw).admission
    if admission is Admission.DENY:
        return health
    if admission is Admission.TRIAL:
        health = begin_trial(health, holder, now)
        assert holds_trial(health, holder)
        if kind == "cancel":
            return release(health, holder)
    return observe(health, replace(seen, generation=health.generation))


def _one_look(health: Health, seen: Observation, *, late: bool) -> Health:
    leased = begin_probe(health, seen.holder, seen.at)
    if late:
        assert after_early(leased, replace(seen, generation=leased.generation - 1)) == leased
    after = after_early(leased, seen)
    assert after.trial_holder == ""
    if seen.failure is None and health.listing_failed:
        assert (after.state, after.trial_successes, after.listing_failed) == (State.HALF_OPEN, 1, False)
    else:
        told = {"trial_holder", "trial_until", "listing_at", "listing_failed"}
        assert all(getattr(after, name) == getattr(health, name) for name in Health.__slots__ if name not in told)
    return after


@settings(max_examples=200)
@given(steps)
def test_a_provider_that_is_well_again_always_comes_back(
    walk: list[tuple[float, ErrorClass | None, float, str]],
) -> None:
    health, now = Health(), NOW
    for number, (wait, error, draw, kind) in enumerate(walk):
        now += timedelta(seconds=wait)
        health = _one_step(health, now, f"call-{number}", error, draw, kind)
    for turn in range(4):
        now += timedelta(seconds=DEFAULT_POLICY.block_s[-1] + 1)
        if is_due(health, now):
            leased = begin_probe(health, f"probe-{turn}", now)
            health = see(leased, when=now, holder=f"probe-{turn}")
        elif is_early(health, now):
            well = Observation(at=now, generation=health.generation, holder=f"probe-{turn}")
            health = after_early(begin_probe(health, f"probe-{turn}", now), well)
    assert health.state is State.CLOSED
    assert admit(health, now + timedelta(seconds=60), 0.999).admission is Admission.ALLOW


def test_closing_by_hand_raises_the_generation() -> None:
    health = opened()
    assert closed(health, at(1)).generation == health.generation + 1
