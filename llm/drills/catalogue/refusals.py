"""Drills in which a vendor refuses the account, the request rate or the key."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime

from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass
from llm.drills.drill import AcceptOnly, Drill, SendRequests, SetDatedFault, SetFaults, StoreKey
from llm.drills.expectations import all_answered, answered_by, circuit_is, retried_in, vendor_calls
from llm.simulator import Fault, FaultName

FIRST, LATER = "the first request", "the next ones"

CLAUDE_CREDIT = Drill(
    name="claude_out_of_credit",
    title="Claude says 400, credit balance too low: it gets no further billed call",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=20),
    ),
    expects=(
        answered_by("gemini", FIRST),
        vendor_calls(FIRST, claude=1, gemini=1, openai=0),
        answered_by("gemini", LATER),
        vendor_calls(LATER, claude=0, gemini=20, openai=0),
        circuit_is("claude", CircuitState.OPEN, LATER, reason=ErrorClass.CREDIT_EXHAUSTED),
    ),
)

GEMINI_CREDIT = Drill(
    name="gemini_out_of_credit",
    title="Claude is over its spend limit and Gemini says 429, prepayment credits depleted: neither gets further calls",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.CREDIT, variant="spend_limit"),)),
        SetFaults(vendor="gemini", faults=(Fault(name=FaultName.CREDIT),)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=20),
    ),
    expects=(
        answered_by("openai", FIRST),
        vendor_calls(FIRST, claude=1, gemini=1, openai=1),
        answered_by("openai", LATER),
        vendor_calls(LATER, claude=0, gemini=0, openai=20),
        circuit_is("claude", CircuitState.OPEN, LATER, reason=ErrorClass.CREDIT_EXHAUSTED),
        circuit_is("gemini", CircuitState.OPEN, LATER, reason=ErrorClass.CREDIT_EXHAUSTED),
    ),
)

OPENAI_CREDIT = Drill(
    name="openai_out_of_credit",
    title="OpenAI says 429, insufficient_quota, and Gemini's daily quota is used up: neither counts as a rate limit",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)),
        SetFaults(vendor="gemini", faults=(Fault(name=FaultName.CREDIT, variant="daily"),)),
        SetFaults(vendor="openai", faults=(Fault(name=FaultName.CREDIT),)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=20),
    ),
    expects=(
        answered_by("static", FIRST),
        vendor_calls(FIRST, claude=1, gemini=1, openai=1),
        answered_by("static", LATER),
        vendor_calls(LATER, claude=0, gemini=0, openai=0),
        circuit_is("gemini", CircuitState.OPEN, LATER, reason=ErrorClass.CREDIT_EXHAUSTED),
        circuit_is("openai", CircuitState.OPEN, LATER, reason=ErrorClass.CREDIT_EXHAUSTED),
    ),
)

LONG_WAIT = Drill(
    name="rate_limited_with_retry_after",
    title="Claude says 429, Retry-After 30: it gets no call for 30 seconds",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.RATE_LIMITED, retry_after=30),)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=10),
    ),
    expects=(
        answered_by("gemini", FIRST),
        vendor_calls(FIRST, claude=1, gemini=1),
        answered_by("gemini", LATER),
        vendor_calls(LATER, claude=0, gemini=10),
        retried_in("claude", 25, 30, LATER),
    ),
)

SHORT_WAIT = Drill(
    name="rate_limited_for_half_a_second",
    title="Claude says 429, Retry-After 0.5, once: the gateway waits half a second, and Claude answers",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.RATE_LIMITED, retry_after=0.5, times=1),)),
        SendRequests(scene=FIRST),
    ),
    expects=(answered_by("claude", FIRST), vendor_calls(FIRST, claude=2, gemini=0, openai=0)),
)

NO_WAIT = Drill(
    name="rate_limited_without_retry_after",
    title="Claude says 429 without Retry-After: it gets no call for a few seconds, and others answer",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.RATE_LIMITED),)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=5),
    ),
    expects=(
        answered_by("gemini", FIRST),
        answered_by("gemini", LATER),
        vendor_calls(LATER, claude=0, gemini=5),
        retried_in("claude", 2, 6, LATER),
    ),
)


def _dated(ahead: timedelta, *, wait_s: int) -> Callable[[datetime], Fault]:
    """A 429 from a vendor whose clock is `ahead` of ours; its Retry-After is a date by that clock."""

    def fault(now: datetime) -> Fault:
        vendor_now = now + ahead
        until = vendor_now + timedelta(seconds=wait_s)
        headers = {
            "date": format_datetime(vendor_now, usegmt=True),
            "retry-after": format_datetime(until, usegmt=True),
        }
        return Fault(name=FaultName.RATE_LIMITED, headers=headers)

    return fault


CLOCK_AHEAD = Drill(
    name="clock_skew_ahead",
    title="Claude's clock is an hour ahead, and its Retry-After is a date by that clock: the wait is still 30 seconds",
    acts=(SetDatedFault(vendor="claude", fault=_dated(timedelta(hours=1), wait_s=30)), SendRequests(scene=FIRST)),
    expects=(answered_by("gemini", FIRST), retried_in("claude", 25, 31, FIRST)),
)

CLOCK_BEHIND = Drill(
    name="clock_skew_behind",
    title="Claude's clock is an hour behind, so its Retry-After lies in our past: the wait is still 30 seconds",
    acts=(
        SetDatedFault(vendor="claude", fault=_dated(-timedelta(hours=1), wait_s=30)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=5),
    ),
    expects=(
        answered_by("gemini", FIRST),
        vendor_calls(LATER, claude=0, gemini=5),
        retried_in("claude", 25, 31, FIRST),
    ),
)

WRONG_KEY = Drill(
    name="wrong_key_replaced",
    title="Claude refuses the key: it gets no calls until the right key is stored, and then serves at once",
    acts=(
        AcceptOnly(vendor="claude", key="the-right-key"),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=10),
        StoreKey(provider="claude", key="the-right-key"),
        SendRequests(scene="with the right key", times=3),
    ),
    expects=(
        answered_by("gemini", FIRST),
        vendor_calls(LATER, claude=0, gemini=10),
        circuit_is("claude", CircuitState.OPEN, LATER, reason=ErrorClass.AUTH),
        all_answered("with the right key"),
        answered_by("claude", "with the right key"),
        circuit_is("claude", CircuitState.CLOSED, "with the right key"),
    ),
)

REFUSALS = (
    CLAUDE_CREDIT,
    GEMINI_CREDIT,
    OPENAI_CREDIT,
    LONG_WAIT,
    SHORT_WAIT,
    NO_WAIT,
    CLOCK_AHEAD,
    CLOCK_BEHIND,
    WRONG_KEY,
)
