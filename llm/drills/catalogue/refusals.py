"""Drills in which a vendor says no: to the account, to the pace, to the key."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime

from llm.drills.drill import AcceptOnly, Ask, Break, BreakDated, Drill, GiveKey
from llm.drills.expecting import answered_by, asked_again_in, everyone_answered, saw, stands
from llm.simulator import Fault, FaultName

FIRST, LATER = "the first request", "the next ones"

CLAUDE_CREDIT = Drill(
    name="claude_out_of_credit",
    title="Claude says 400, credit balance too low: no paid call goes there again",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=20),
    ),
    expects=(
        answered_by("gemini", FIRST),
        saw(FIRST, claude=1, gemini=1, openai=0),
        answered_by("gemini", LATER),
        saw(LATER, claude=0, gemini=20, openai=0),
        stands("claude", "open", LATER, reason="credit_exhausted"),
    ),
)

GEMINI_CREDIT = Drill(
    name="gemini_out_of_credit",
    title="Gemini says 429, prepayment credits depleted, behind a Claude whose limit is spent: both are left alone",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.CREDIT, variant="spend_limit"),)),
        Break(vendor="gemini", faults=(Fault(name=FaultName.CREDIT),)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=20),
    ),
    expects=(
        answered_by("openai", FIRST),
        saw(FIRST, claude=1, gemini=1, openai=1),
        answered_by("openai", LATER),
        saw(LATER, claude=0, gemini=0, openai=20),
        stands("claude", "open", LATER, reason="credit_exhausted"),
        stands("gemini", "open", LATER, reason="credit_exhausted"),
    ),
)

OPENAI_CREDIT = Drill(
    name="openai_out_of_credit",
    title="OpenAI says 429, insufficient_quota, behind a Gemini whose day is spent: neither is taken for a rate limit",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)),
        Break(vendor="gemini", faults=(Fault(name=FaultName.CREDIT, variant="daily"),)),
        Break(vendor="openai", faults=(Fault(name=FaultName.CREDIT),)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=20),
    ),
    expects=(
        answered_by("static", FIRST),
        saw(FIRST, claude=1, gemini=1, openai=1),
        answered_by("static", LATER),
        saw(LATER, claude=0, gemini=0, openai=0),
        stands("gemini", "open", LATER, reason="credit_exhausted"),
        stands("openai", "open", LATER, reason="credit_exhausted"),
    ),
)

LONG_WAIT = Drill(
    name="rate_limited_with_retry_after",
    title="Claude says 429, Retry-After 30: it is left alone for 30 seconds, and its circuit is not held guilty",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.RATE_LIMITED, retry_after=30),)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=10),
    ),
    expects=(
        answered_by("gemini", FIRST),
        saw(FIRST, claude=1, gemini=1),
        answered_by("gemini", LATER),
        saw(LATER, claude=0, gemini=10),
        asked_again_in("claude", 25, 30, LATER),
    ),
)

SHORT_WAIT = Drill(
    name="rate_limited_for_half_a_second",
    title="Claude says 429, Retry-After 0.5, once: so short a wait is waited out, and Claude answers",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.RATE_LIMITED, retry_after=0.5, times=1),)),
        Ask(scene=FIRST),
    ),
    expects=(answered_by("claude", FIRST), saw(FIRST, claude=2, gemini=0, openai=0)),
)

NO_WAIT = Drill(
    name="rate_limited_without_retry_after",
    title="Claude says 429 and not for how long: a few seconds' rest, and others answer meanwhile",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.RATE_LIMITED),)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=5),
    ),
    expects=(
        answered_by("gemini", FIRST),
        answered_by("gemini", LATER),
        saw(LATER, claude=0, gemini=5),
        asked_again_in("claude", 2, 6, LATER),
    ),
)


def _dated(ahead: timedelta, *, wait_s: int) -> Callable[[datetime], Fault]:
    """A 429 of a vendor whose clock is `ahead` of ours, and who names the end of the wait as a date of that clock."""

    def fault(now: datetime) -> Fault:
        theirs = now + ahead
        until = theirs + timedelta(seconds=wait_s)
        headers = {
            "date": format_datetime(theirs, usegmt=True),
            "retry-after": format_datetime(until, usegmt=True),
        }
        return Fault(name=FaultName.RATE_LIMITED, headers=headers)

    return fault


CLOCK_AHEAD = Drill(
    name="clock_skew_ahead",
    title="Claude's clock is an hour ahead, and its Retry-After is a date of that clock: the wait is still 30 seconds",
    acts=(BreakDated(vendor="claude", fault=_dated(timedelta(hours=1), wait_s=30)), Ask(scene=FIRST)),
    expects=(answered_by("gemini", FIRST), asked_again_in("claude", 25, 31, FIRST)),
)

CLOCK_BEHIND = Drill(
    name="clock_skew_behind",
    title="Claude's clock is an hour behind: its Retry-After lies in our past, and is obeyed all the same",
    acts=(
        BreakDated(vendor="claude", fault=_dated(-timedelta(hours=1), wait_s=30)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=5),
    ),
    expects=(
        answered_by("gemini", FIRST),
        saw(LATER, claude=0, gemini=5),
        asked_again_in("claude", 25, 31, FIRST),
    ),
)

WRONG_KEY = Drill(
    name="wrong_key_replaced",
    title="Claude refuses the key: it is out until the right key is stored, and serves at once from then on",
    acts=(
        AcceptOnly(vendor="claude", key="the-right-key"),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=10),
        GiveKey(provider="claude", key="the-right-key"),
        Ask(scene="with the right key", times=3),
    ),
    expects=(
        answered_by("gemini", FIRST),
        saw(LATER, claude=0, gemini=10),
        stands("claude", "open", LATER, reason="auth"),
        everyone_answered("with the right key"),
        answered_by("claude", "with the right key"),
        stands("claude", "closed", "with the right key"),
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
