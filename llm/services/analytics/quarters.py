"""How each provider's attempts ended in each quarter of an hour of the last day, tests and probes included."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, F

from llm.core.calls import Outcome
from llm.models import Attempt
from llm.services.runtime import clock
from llm.stores.usage.moments import Seconds

QUARTER = timedelta(minutes=15)
QUARTERS = 96
FRESH_S = 15
"""How old the counts of the last hour may be."""
SETTLED = timedelta(hours=1)
"""Attempts that began so long ago have ended, so their quarters are read once. A record that the journal held back is
counted from the next quarter on."""


Counts = dict[tuple[str, int, str, str], int]
"""Attempts by provider, number of the quarter since 1970, outcome and error class."""


@dataclass(slots=True, kw_only=True)
class QuarterHour:
    """Attempts at one provider that began in the 15 minutes from `start`. `failures` by error class."""

    start: datetime
    attempts: int = 0
    failed: int = 0
    failures: Counter[str] = field(default_factory=Counter)


def last_quarters() -> Mapping[str, tuple[QuarterHour, ...]]:
    """The QUARTERS of each provider with an attempt in them, oldest first. At most two queries."""
    now = clock.now()
    first = quarter_of(now) - (QUARTERS - 1) * QUARTER
    settled = quarter_of(now - SETTLED)
    counts = {
        **_kept(f"llm.quarters.{settled:%d%H%M}", first, settled, 2 * int(QUARTER.total_seconds())),
        **_kept("llm.quarters.now", settled, now, FRESH_S),
    }
    found: dict[str, tuple[QuarterHour, ...]] = {}
    for (provider, number, outcome, error_class), attempts in counts.items():
        if provider not in found:
            found[provider] = tuple(QuarterHour(start=first + n * QUARTER) for n in range(QUARTERS))
        place = number - _number(first)
        if not 0 <= place < QUARTERS:  # of a quarter that has just begun or passed
            continue
        cell = found[provider][place]
        cell.attempts += attempts
        if outcome == Outcome.FAILED:
            cell.failed += attempts
            cell.failures[error_class] += attempts
    return found


def quarter_of(moment: datetime) -> datetime:
    """The beginning of its quarter of an hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _number(quarter: datetime) -> int:
    """Quarters since 1970."""
    return int(quarter.timestamp()) // int(QUARTER.total_seconds())


def _kept(key: str, since: datetime, until: datetime, seconds: int) -> Counts:
    counts: Counts | None = cache.get(key)
    if counts is None:
        counts = _read(since, until)
        cache.set(key, counts, seconds)
    return counts


def _read(since: datetime, until: datetime) -> Counts:
    rows = (
        Attempt.objects.begun(since, until)
        .order_by()
        .annotate(quarter=Seconds(F("started_at")) / int(QUARTER.total_seconds()))
        .values_list("provider", "quarter", "outcome", "error_class")
        .annotate(n=Count("pk"))
    )
    return {(provider, quarter, outcome, error_class): n for provider, quarter, outcome, error_class, n in rows}
