"""What follows a failure, and how long each attempt may take."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from llm.core.failures.policy import ErrorClass, Failure, FallbackRule, RetryRule

STATIC_RESERVE_S = 0.2
"""Kept of the deadline for the static answer."""
SHARE_WHILE_OTHERS = 0.6
"""The most that one provider may use of what is left while others remain."""
MIN_ATTEMPT_S = 0.1
"""Below this no vendor can answer, so none is asked."""
TRIES_PER_PROVIDER = 2
TRIES_PER_CALL = 5
REFUSALS = 2
"""So many vendors that call a request invalid make it the caller's fault."""
BACKOFF_S = 0.25
"""The mean pause before the same provider is asked again; drawn between half and one and a half of it."""


class Move(StrEnum):
    AGAIN = "again"
    NEXT = "next"
    REJECT = "reject"
    """The request is at fault: no other provider is asked."""
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows the failure `after`. `wait_s` is slept before AGAIN. `resumes`: part of the answer has gone out."""

    move: Move
    after: ErrorClass
    wait_s: float = 0.0
    resumes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What `next_step` needs to know. Times in seconds; `jitter` in [0, 1) spreads the backoff."""

    tries_here: int
    tries: int
    stops_left: int
    time_left_s: float
    may_retry: bool
    """Whether the provider's retry budget has something left."""
    max_wait_s: float
    next_on_refusal: bool
    jitter: float = 0.5
    speaking: bool = False
    """Whether a part of the answer has gone out: then the caller waits in mid-sentence."""
    refusals: int = 0
    """Providers that have called the request invalid, this one included."""
    waits_pay: bool = True
    """Whether the last wait that this provider stated ended in an answer."""


def next_step(failure: Failure, at: Situation) -> Step:
    """The one place where the policy table turns into a move."""
    step = partial(Step, after=failure.error_class, resumes=at.speaking)
    others_first = at.speaking and at.stops_left > 0
    if at.tries < TRIES_PER_CALL and at.tries_here < TRIES_PER_PROVIDER and not others_first:
        wait = _wait_for_again(failure, at)
        if wait is not None and wait + MIN_ATTEMPT_S + STATIC_RESERVE_S < at.time_left_s:
            return step(move=Move.AGAIN, wait_s=wait)
    if not _goes_on(failure, at):
        return step(move=Move.REJECT)
    out_of_time = at.time_left_s <= STATIC_RESERVE_S + MIN_ATTEMPT_S
    if at.stops_left == 0 or at.tries >= TRIES_PER_CALL or out_of_time:
        return step(move=Move.GIVE_UP)
    return step(move=Move.NEXT)


def _wait_for_again(failure: Failure, at: Situation) -> float | None:
    match failure.policy.retry:
        case RetryRule.AFTER_WAIT:
            stated = failure.retry_after_s
            if stated is None or stated > at.max_wait_s or not at.may_retry:
                return None
            return stated if at.waits_pay or at.stops_left == 0 else None
        case RetryRule.ONCE:
            if not at.may_retry:
                return None
            stated = failure.retry_after_s
            if stated is not None and stated > at.max_wait_s:
                return None  # the vendor says when: asking sooner is vain, waiting longer is not for a caller
            return max(stated or 0.0, BACKOFF_S * (0.5 + at.jitter))
        case RetryRule.NEVER:
            return None


def _goes_on(failure: Failure, at: Situation) -> bool:
    if at.speaking:
        return True  # a provider took the request and began to answer: it cannot be at fault
    match failure.policy.fallback:
        case FallbackRule.YES | FallbackRule.LARGER:
            return True
        case FallbackRule.ROUTE:
            return at.next_on_refusal
        case FallbackRule.ONE_MORE:
            return at.refusals < REFUSALS


def is_callers_fault(failure: Failure, *, next_on_refusal: bool, refusals: int = 0, others_away: bool = False) -> bool:
    """Whether a call that ends with `failure` is rejected as the caller's fault.

    `refusals`: providers that called the request invalid. `others_away`: an open circuit keeps out a provider that may
    take the request.
    """
    match failure.error_class:
        case ErrorClass.CONTENT_FILTERED:
            return not next_on_refusal
        case ErrorClass.CONTEXT_LENGTH:
            return not others_away
        case ErrorClass.INVALID_REQUEST:
            return refusals >= REFUSALS or not others_away
    return False


def attempt_limit_s(own_s: float, *, time_left_s: float, stops_left: int) -> float:
    """How many seconds the next attempt may take to its answer: its own limit, at most its slice of the deadline."""
    usable = time_left_s - STATIC_RESERVE_S
    return min(own_s, usable * SHARE_WHILE_OTHERS if stops_left else usable)


SILENCE_S = 12.0
"""A provider that has sent nothing for so long is left."""
ALL_SILENT_S = 29.0
"""So long in all when every provider of a plan stays silent: with the static answer it is within 30 s."""


def silence_limit_s(stops: int) -> float:
    """How many seconds a provider may stay silent at first, when a plan has so many stops."""
    return min(SILENCE_S, ALL_SILENT_S / max(1, stops))
