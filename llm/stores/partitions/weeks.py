"""ISO weeks of UTC as ranges of ids. Pure. Borders are ids, not timestamps: no session's time zone moves them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from llm.ids import smallest

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Week:
    """An ISO week; `start` is its Monday, 00:00 UTC."""

    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + WEEK

    @property
    def name(self) -> str:
        """As a part of a table's name: 2026w48."""
        year, week, _ = self.start.isocalendar()
        return f"{year}w{week:02}"

    @property
    def first_id(self) -> UUID:
        """No id of the week is smaller."""
        return smallest(self.start)

    @property
    def end_id(self) -> UUID:
        """Each id of the week is smaller."""
        return smallest(self.end)


def week_of(at: datetime) -> Week:
    """The week that has this moment, whatever zone it is given in."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Week(start=day - timedelta(days=day.weekday()))


def weeks_from(at: datetime, count: int) -> Iterator[Week]:
    """The week of `at` and those after it."""
    first = week_of(at)
    for number in range(count):
        yield Week(start=first.start + number * WEEK)
