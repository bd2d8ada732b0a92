"""Of which sums and which rows a period consists. A day's sums cover 24 hours at once; rows tell the edges."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Span = tuple[datetime, datetime]
"""From a moment to before another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which sums may be read.

    Hours from `first_hour` to before `rolled_until` have sums, except the `stale` ones, whose rows say more. Hours
    before `closed_until` have no rows but late ones, which their sums lack. `stale_days` are days whose sums lack a
    change of their hours; `zone` is the one whose days were summed, None when days are not to be used.
    """

    first_hour: datetime | None = None
    rolled_until: datetime | None = None
    closed_until: datetime | None = None
    stale: frozenset[datetime] = frozenset()
    stale_days: frozenset[date] = frozenset()
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A period's parts: whole days and hours that sums answer, and spans whose rows are to be read."""

    days: tuple[Span, ...] = ()
    hours: tuple[Span, ...] = ()
    rows: tuple[Span, ...] = ()


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def next_hour(moment: datetime) -> datetime:
    """The first beginning of an hour that is not before it."""
    hour = hour_of(moment)
    return hour if hour == moment else hour + HOUR


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def day_span(day: date, zone: ZoneInfo) -> Span:
    """Beginning and end of a day in a zone, in UTC: 23 to 25 hours."""
    return tuple(datetime.combine(at, time.min, zone).astimezone(UTC) for at in (day, day + DAY))  # type: ignore[return-value]  # two


def whole_hours(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    """Whether hours of the zone begin with hours of UTC, as far as its rules say at both ends."""
    offsets = [moment.astimezone(zone).utcoffset() or timedelta() for moment in (start, end)]
    return all(offset % HOUR == timedelta() for offset in offsets)


def split(start: datetime, end: datetime, known: Known, *, by_hour: bool = False) -> Parts:
    """The parts of the period from `start` to before `end`. With `by_hour` no days are used.

    An hour whose rows are deleted cannot be divided: it belongs to the period in which it begins.
    """
    if known.rolled_until is None or known.first_hour is None or start >= known.rolled_until:
        return Parts(rows=((start, end),))
    closed = known.closed_until or known.first_hour
    first = next_hour(max(start, known.first_hour))
    last = min(next_hour(end) if end < closed else hour_of(end), known.rolled_until)
    if first >= last:
        return Parts(rows=((start, end),))
    stale = [(hour, hour + HOUR) for hour in sorted(known.stale) if first <= hour < last]
    days = [] if by_hour or known.zone is None else list(_days(first, last, known, known.zone))
    hours = _without(first, last, [*days, *(span for span in stale if span[0] >= closed)])
    rows = [span for span in ((start, first), *stale, (last, end)) if span[0] < span[1]]
    return Parts(days=_joined(days), hours=_joined(hours), rows=_joined(rows))


def _days(first: datetime, last: datetime, known: Known, zone: ZoneInfo) -> Iterator[Span]:
    """The whole days between two hours whose sums are up to date."""
    unusable = {*known.stale_days, *(day_of(hour, zone) for hour in known.stale)}
    day = day_of(first, zone)
    while True:
        begin, end = day_span(day, zone)
        if end > last:
            return
        if begin >= first and day not in unusable:
            yield begin, end
        day += DAY


def _without(first: datetime, last: datetime, taken: Collection[Span]) -> list[Span]:
    """What is left of the span from `first` to `last`."""
    left, at = [], first
    for begin, end in sorted(taken):
        if at < begin:
            left.append((at, min(begin, last)))
        at = max(at, end)
    if at < last:
        left.append((at, last))
    return left


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in order; those that touch are one."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)
