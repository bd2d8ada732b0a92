"""Intervals as whole seconds: a row's number is read many times faster than a row's moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, F, Func
from django.db.models.expressions import Combinable
from django.db.models.functions import Trunc

from llm.core.usage.dimensions import Dimension, Interval

Key = tuple[Any, ...]


unconverted = staticmethod(Func._convert_value_noop)  # type: ignore[attr-defined]  # compared by identity
"""For numbers that the driver reads as such: Django would convert each of many thousands again."""


class Seconds(Func):
    """The whole seconds since 1970 that the clock of a moment's own zone shows."""

    template = "CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s)) AS BIGINT)"
    output_field = BigIntegerField()
    convert_value = unconverted

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(STRFTIME('%%%%s', %(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def seconds_of(field: str, interval: Interval, zone: ZoneInfo, *, whole_hours: bool = False) -> Combinable:
    """The beginning of the interval. Hours are UTC's: a zone that puts its clocks back has one hour twice.

    `whole_hours`: the field has beginnings of hours only.
    """
    if interval is Interval.HOUR:
        return Seconds(F(field) if whole_hours else Trunc(field, "hour", tzinfo=UTC))
    return Seconds(Trunc(field, interval.value, tzinfo=zone))


def reader(by: tuple[Dimension | Interval, ...], zone: ZoneInfo, *, offset: int = 0) -> Callable[[Key], Key]:
    """Makes a row's first columns a key, in which seconds are moments. `offset`: columns before those of `by`."""
    width = offset + len(by)
    places = [(offset + place, one) for place, one in enumerate(by) if isinstance(one, Interval)]
    if not places:
        return lambda row: row[:width]

    def read(row: Key) -> Key:
        key = list(row[:width])
        for place, interval in places:
            key[place] = _moment(key[place], UTC if interval is Interval.HOUR else zone)
        return tuple(key)

    return read


@lru_cache(maxsize=8192)
def _moment(seconds: int, zone: Any) -> datetime:
    """The same few moments are in thousands of groups."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=zone)
