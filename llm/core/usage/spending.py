"""When spending is more than an operator wants to hear nothing of: a sum in a day or month, or a sudden jump."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from llm.core.usage.periods import HOUR, Span, day_of, day_span, hour_of

WEEK = timedelta(days=7)


class Watch(StrEnum):
    """What a rule looks at."""

    DAY = "day"
    """The running day's sum."""
    MONTH = "month"
    """The running month's sum."""
    JUMP = "jump"
    """An hour beside the same hour of the week before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One operator's rule. Empty `provider` or `route`: all of them.

    `limit_usd`: the sum of a day or month that is told; for a jump the least an hour must have cost. `factor`: how many
    times the hour of the week before an hour must have cost, for a jump only.
    """

    name: str
    watch: Watch
    limit_usd: Decimal
    factor: Decimal | None = None
    provider: str = ""
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was spent in the period that begins at `start`, in USD. `unpriced`: attempts that it lacks.

    `before_usd`: in the same hour of the week before, None when nothing is known of that day.
    """

    start: datetime
    usd: Decimal
    unpriced: int = 0
    before_usd: Decimal | None = None


def period(watch: Watch, now: datetime, zone: ZoneInfo) -> Span:
    """The running day or month of the zone, or the last whole hour, from its beginning to before its end."""
    if watch is Watch.JUMP:
        return hour_of(now) - HOUR, hour_of(now)
    day = day_of(now, zone)
    if watch is Watch.DAY:
        return day_span(day, zone)
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time.min, zone), datetime.combine(following, time.min, zone)


def exceeds(rule: Rule, seen: Seen) -> bool:
    """Whether the rule has something to tell. No hour jumps while nothing is known of the day a week before it."""
    if seen.usd < rule.limit_usd:
        return False
    if rule.watch is not Watch.JUMP:
        return True
    return seen.before_usd is not None and seen.usd >= seen.before_usd * (rule.factor or 1)
