"""The period of a page of usage, and the intervals that it is divided into."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.services.analytics.question import Grouping

PERIODS: dict[str, Promise] = {
    "today": _("today"),
    "24h": _("24 hours"),
    "7d": _("7 days"),
    "30d": _("30 days"),
    "month": _("this month"),
}
HOURLY_UP_TO = timedelta(days=2)
"""Longer periods are divided into days."""
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start`, with which an interval begins, to before `end`; in the zone in force."""

    start: datetime
    end: datetime
    interval: Grouping

    def intervals(self) -> Iterator[datetime]:
        """The beginnings of its hours or days."""
        at = self.start
        while at < self.end:
            yield at
            at = self.after(at)

    def after(self, at: datetime) -> datetime:
        """The end of the interval that begins at `at`: a day may have 23 or 25 hours."""
        if self.interval is Grouping.HOUR:
            return timezone.localtime(at.astimezone(UTC) + timedelta(hours=1))
        return beginning_of_day(at + timedelta(hours=26))

    def label(self, at: datetime) -> str:
        """Of an interval, below a chart: "14:00" or "3 Nov"."""
        if self.interval is Grouping.DAY:
            return formatting.day(at)
        return date_format(at, "H:i")


def named_period(name: str, now: datetime) -> Period:
    """One of PERIODS, up to now."""
    local = timezone.localtime(now)
    today = beginning_of_day(local)
    start = {
        "today": today,
        "24h": beginning_of_hour(local - timedelta(hours=23)),
        "7d": beginning_of_day(today - timedelta(days=6, hours=-6)),
        "30d": beginning_of_day(today - timedelta(days=29, hours=-6)),
        "month": today.replace(day=1),
    }[name]
    return period_of(start, local)


def period_of(start: datetime, end: datetime) -> Period:
    """The period from the hour or day that `start` lies in."""
    hourly = end - start <= HOURLY_UP_TO
    local = timezone.localtime(start)
    return Period(
        start=beginning_of_hour(local) if hourly else beginning_of_day(local),
        end=timezone.localtime(end),
        interval=Grouping.HOUR if hourly else Grouping.DAY,
    )


def beginning_of_day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def beginning_of_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
