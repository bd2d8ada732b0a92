"""What next after a failure: the policy table turned into moves, and the slices of the deadline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.failures.policy import POLICIES, ErrorClass, Failure, FallbackRule, RetryRule
from llm.core.routing.next_step import (
    BACKOFF_S,
    MIN_ATTEMPT_S,
    STATIC_RESERVE_S,
    TRIES_PER_CALL,
    Move,
    Situation,
    attempt_limit_s,
    is_callers_fault,
    next_step,
)


def situation(**more: object) -> Situation:
    usual = {
        "tries_here": 1,
        "tries": 1,
        "stops_left": 1,
        "time_left_s": 30.0,
        "may_retry": True,
        "max_wait_s": 2.0,
        "next_on_refusal": False,
    }
    return Situation(**{**usual, **more})  # type: ignore[arg-type]


def after(error: ErrorClass, *, retry_after_s: float | None = None, **more: object) -> Move:
    failure = Failure(error_class=error, retry_after_s=retry_after_s)
    return next_step(failure, situation(**more)).move


@pytest.mark.parametrize(
    ("error", "move"),
    [
        (ErrorClass.CREDIT_EXHAUSTED, Move.NEXT),
        (ErrorClass.RATE_LIMITED, Move.NEXT),
        (ErrorClass.OVERLOADED, Move.AGAIN),
        (ErrorClass.SERVER_ERROR, Move.AGAIN),
        (ErrorClass.CONNECTION, Move.AGAIN),
        (ErrorClass.TIMEOUT, Move.NEXT),
        (ErrorClass.BAD_RESPONSE, Move.AGAIN),
        (ErrorClass.AUTH, Move.NEXT),
        (ErrorClass.PERMISSION, Move.NEXT),
        (ErrorClass.MODEL_NOT_FOUND, Move.NEXT),
        (ErrorClass.CONTEXT_LENGTH, Move.NEXT),
        (ErrorClass.CONTENT_FILTERED, Move.REJECT),
        (ErrorClass.INVALID_REQUEST, Move.NEXT),
        (ErrorClass.INTERNAL, Move.NEXT),
        (ErrorClass.UNKNOWN, Move.NEXT),
    ],
)
def test_the_first_failure_of_each_class(error: ErrorClass, move: Move) -> None:
    assert after(error) is move


@pytest.mark.parametrize("error", ErrorClass)
def test_the_second_failure_at_a_provider_is_never_followed_by_a_third_try(error: ErrorClass) -> None:
    assert after(error, tries_here=2, tries=2, retry_after_s=0.1) is not Move.AGAIN


@pytest.mark.parametrize("error", ErrorClass)
def test_the_fifth_try_of_a_call_is_its_last(error: ErrorClass) -> None:
    assert after(error, tries=5, retry_after_s=0.1) in (Move.GIVE_UP, Move.REJECT)


@pytest.mark.parametrize("error", ErrorClass)
def test_without_a_retry_budget_nobody_is_asked_twice(error: ErrorClass) -> None:
    assert after(error, may_retry=False, retry_after_s=0.1) is not Move.AGAIN


@pytest.mark.parametrize(
    ("retry_after_s", "move"), [(0.0, Move.AGAIN), (2.0, Move.AGAIN), (2.01, Move.NEXT), (None, Move.NEXT)]
)
def test_a_limit_is_waited_out_only_when_its_end_is_known_and_near(retry_after_s: float | None, move: Move) -> None:
    assert after(ErrorClass.RATE_LIMITED, retry_after_s=retry_after_s) is move


def test_a_limit_that_outlasts_the_deadline_is_not_waited_out() -> None:
    assert after(ErrorClass.RATE_LIMITED, retry_after_s=1.0, time_left_s=1.2) is Move.NEXT


def test_an_overloaded_vendor_is_not_asked_sooner_than_it_says() -> None:
    soon = next_step(Failure(error_class=ErrorClass.OVERLOADED, retry_after_s=1.0), situation())
    assert (soon.move, soon.wait_s) == (Move.AGAIN, 1.0)
    assert after(ErrorClass.OVERLOADED, retry_after_s=20.0) is Move.NEXT


@pytest.mark.parametrize(("jitter", "wait_s"), [(0.0, 0.5), (0.5, 1.0), (0.999, 1.499)])
def test_the_pause_is_spread_around_its_mean(jitter: float, wait_s: float) -> None:
    step = next_step(Failure(error_class=ErrorClass.SERVER_ERROR), situation(jitter=jitter))
    assert step.wait_s == pytest.approx(wait_s * BACKOFF_S)


def test_a_refusal_moves_on_where_the_route_says_so() -> None:
    assert after(ErrorClass.CONTENT_FILTERED, next_on_refusal=True) is Move.NEXT
    assert after(ErrorClass.CONTENT_FILTERED, next_on_refusal=True, stops_left=0) is Move.GIVE_UP


@pytest.mark.parametrize(("refusals", "move"), [(1, Move.NEXT), (2, Move.REJECT)])
def test_a_refusal_of_the_request_is_an_opinion_until_a_second_vendor_agrees(refusals: int, move: Move) -> None:
    assert after(ErrorClass.INVALID_REQUEST, refusals=refusals) is move


@pytest.mark.parametrize(
    ("waits_pay", "stops_left", "move"),
    [
        (True, 1, Move.AGAIN),
        (False, 1, Move.NEXT),
        (False, 0, Move.AGAIN),
    ],
)
def test_a_stated_wait_that_was_vain_the_last_time_is_not_waited_out_while_others_are_left(
    *, waits_pay: bool, stops_left: int, move: Move
) -> None:
    assert after(ErrorClass.RATE_LIMITED, retry_after_s=2.0, waits_pay=waits_pay, stops_left=stops_left) is move


def test_with_nobody_left_or_no_time_the_call_is_given_up() -> None:
    assert after(ErrorClass.TIMEOUT, stops_left=0) is Move.GIVE_UP
    assert after(ErrorClass.TIMEOUT, time_left_s=STATIC_RESERVE_S + MIN_ATTEMPT_S) is Move.GIVE_UP


@pytest.mark.parametrize("error", ErrorClass)
def test_only_three_classes_can_be_the_callers_fault(error: ErrorClass) -> None:
    at_fault = {ErrorClass.INVALID_REQUEST, ErrorClass.CONTEXT_LENGTH, ErrorClass.CONTENT_FILTERED}
    assert is_callers_fault(Failure(error_class=error), next_on_refusal=False) is (error in at_fault)


def test_a_refusal_is_no_callers_fault_where_others_are_asked() -> None:
    assert not is_callers_fault(Failure(error_class=ErrorClass.CONTENT_FILTERED), next_on_refusal=True)


failures = st.builds(
    Failure,
    error_class=st.sampled_from(ErrorClass),
    retry_after_s=st.none() | st.floats(0, 100),
)
situations = st.builds(
    Situation,
    tries_here=st.integers(1, 3),
    tries=st.integers(1, 6),
    stops_left=st.integers(0, 4),
    time_left_s=st.floats(-1, 60),
    may_retry=st.booleans(),
    max_wait_s=st.floats(0, 5),
    next_on_refusal=st.booleans(),
    jitter=st.floats(0, 1, exclude_max=True),
)


@given(failures, situations)
def test_no_move_breaks_a_bound(failure: Failure, at: Situation) -> None:
    step = next_step(failure, at)
    policy = POLICIES[failure.error_class]
    if step.move is Move.AGAIN:
        assert policy.retry is not RetryRule.NEVER
        assert at.may_retry
        assert at.tries_here < 2
        assert at.tries < TRIES_PER_CALL
        assert 0 <= step.wait_s < at.time_left_s - STATIC_RESERVE_S
        assert failure.retry_after_s is None or failure.retry_after_s <= min(at.max_wait_s, step.wait_s)
    if step.move is Move.NEXT:
        assert at.stops_left > 0
        assert at.tries < TRIES_PER_CALL
        assert step.after
    if step.move is Move.REJECT:
        assert policy.fallback in (FallbackRule.ROUTE, FallbackRule.ONE_MORE)


@given(st.floats(0.1, 600), st.lists(st.floats(0.1, 600), min_size=1, max_size=6))
def test_however_long_each_may_take_all_together_keep_the_deadline(deadline_s: float, own: list[float]) -> None:
    left = deadline_s
    for place, own_s in enumerate(own):
        limit = attempt_limit_s(own_s, time_left_s=left, stops_left=len(own) - place - 1)
        if limit < MIN_ATTEMPT_S:
            continue
        assert limit <= own_s
        left -= limit
    assert left >= min(STATIC_RESERVE_S, deadline_s) - 1e-9


def test_a_provider_may_use_six_tenths_while_others_remain() -> None:
    assert attempt_limit_s(30, time_left_s=10.2, stops_left=2) == pytest.approx(6.0)
    assert attempt_limit_s(30, time_left_s=10.2, stops_left=0) == pytest.approx(10.0)
    assert attempt_limit_s(3, time_left_s=10.2, stops_left=0) == 3
