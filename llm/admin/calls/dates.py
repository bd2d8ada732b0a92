"""The date links above a log, made from its first and last row instead of from all of them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone


class EndsOnly(QuerySet[Any]):
    """A query set that answers `datetimes` with every date between its first and last row.

    Django's asks the database to cut down and compare each row. The price is that a day without rows
    gets its link too.
    """

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None) -> list[datetime]:  # type: ignore[override]  # a list is all that the date links need
        def end(by: str) -> datetime | None:
            return self.order_by(by).values_list(field_name, flat=True).first()

        first, last = end(field_name), end(f"-{field_name}")
        if first is None or last is None:
            return []
        zone = tzinfo or timezone.get_current_timezone()
        day, found = _cut(first.astimezone(zone), kind), []
        while day <= last:
            found.append(day)
            day = _next(day, kind)
        return found if order == "ASC" else found[::-1]


def _cut(at: datetime, kind: str) -> datetime:
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
