"""The windows over which limits and budgets count: a day, week or month of a zone, a rolling span, or all time.

Moments are aware datetimes, boundaries whole Unix seconds. A window has slots, in which spending is summed. A calendar
window is one slot; a rolling one has many, and a slot leaves it as a whole, so it never counts too little.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ROLLING_SLOTS = 60
"""The slots of a rolling window: what was spent counts up to a sixtieth of the window longer."""


class Span(StrEnum):
    """How long a window is. Weeks begin on Monday, as ISO 8601 has it."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ROLLING = "rolling"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """`zone` is a name of the tz database, for calendar spans; `rolling_s` seconds, for rolling ones."""

    span: Span
    zone: str = "UTC"
    rolling_s: int = 60


@dataclass(frozen=True, slots=True)
class Period:
    """A window at a moment: slots from `first` to `slot`, the current one. It holds until `until` (None: for ever).

    `renews_at`: when a calendar window begins anew; None for others.
    """

    first: int
    slot: int
    until: int | None
    renews_at: int | None


def period_at(window: Window, at: datetime) -> Period:
    """The window as it is at `at`. Boundaries belong to the window that they begin."""
    match window.span:
        case Span.TOTAL:
            return Period(0, 0, None, None)
        case Span.ROLLING:
            width = slot_width_s(window)
            slot = int(at.timestamp()) // width * width
            return Period(slot - window.rolling_s, slot, slot + width, None)
    zone = ZoneInfo(window.zone)
    first, following = _days(window.span, at.astimezone(zone).date())
    start, end = _midnight(first, zone), _midnight(following, zone)
    return Period(start, start, end, end)


def slot_of(window: Window, at: datetime) -> int:
    """The slot in which spending at `at` is summed."""
    return period_at(window, at).slot


def slot_width_s(window: Window) -> int:
    """The seconds of one slot of a rolling window, at least one."""
    return max(1, window.rolling_s // ROLLING_SLOTS)


def _days(span: Span, today: date) -> tuple[date, date]:
    """The first day of the calendar window with `today`, and that of the next one."""
    if span is Span.DAY:
        return today, today + timedelta(days=1)
    if span is Span.WEEK:
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=7)
    first = today.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day. Where a change of clocks skips midnight, that is the moment of the change."""
    naive = datetime(day.year, day.month, day.day)
    moment = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == naive:
        return int(moment.timestamp())
    return _change(int(moment.timestamp()), day, zone)


def _change(near: int, day: date, zone: ZoneInfo) -> int:
    """The change of clocks near `near` by which `day` begins: found by bisection, to the second."""
    before, after = near - 86_400, near + 86_400
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).date() >= day:
            after = middle
        else:
            before = middle
    return after
