"""The date links above a log, from its first and last row only."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone


class DateRangeQuerySet(QuerySet[Any]):
    """A query set whose `datetimes` are all dates between its first and last row.

    Django's own truncates and compares every row in the database. The price: a day without rows
    gets a link too.
    """

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None) -> list[datetime]:  # type: ignore[override]  # the date links only need a list
        def end(by: str) -> datetime | None:
            return self.order_by(by).values_list(field_name, flat=True).first()

        first, last = end(field_name), end(f"-{field_name}")
        if first is None or last is None:
            return []
        zone = tzinfo or timezone.get_current_timezone()
        day, days = _truncate(first.astimezone(zone), kind), []
        while day <= last:
            days.append(day)
            day = _next(day, kind)
        return days if order == "ASC" else days[::-1]


def _truncate(at: datetime, kind: str) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "year":
        return day.replace(month=1, day=1)
    return day.replace(day=1) if kind == "month" else day


def _next(day: datetime, kind: str) -> datetime:
    if kind == "year":
        return day.replace(year=day.year + 1)
    if kind == "month":
        return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
    return datetime.fromordinal(day.toordinal() + 1).replace(tzinfo=day.tzinfo)
