"""The kept sums of usage: read for a question, and replaced whole for an hour or a day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable

from llm.core.usage.dimensions import CUBES, Cube, Dimension, Interval
from llm.core.usage.histogram import from_bytes, to_bytes
from llm.core.usage.periods import Parts
from llm.core.usage.sums import HISTOGRAMS, NUMBERS, Sums
from llm.models import UsageSum
from llm.stores.usage.rows import Asked, Groups, Key, spans_of, truncated

HOUR, DAY = "hour", "day"

Combination = tuple[Cube, bool, tuple[str, ...]]
"""A cube, whether of tests, and the values of all dimensions in the order of DIMENSIONS."""

DIMENSIONS = tuple(Dimension)
COLUMNS = ("grain", "start", "cube", "tests", *(dimension.value for dimension in DIMENSIONS), *NUMBERS, *HISTOGRAMS)
_numbers = attrgetter(*NUMBERS)


def sums_of_parts(parts: Parts, cube: Cube, asked: Asked, *, histograms: bool = True) -> Groups:
    """The sums of the whole hours and days of a period, by group. Two queries, one without histograms."""
    groups: Groups = {}
    rows = _asked_of(parts, cube, asked)
    names = [f"group_{place}" for place, _ in enumerate(asked.by)]
    # Prefixed: Django forbids an annotation with the name of a field.
    named = {f"sum_of_{name}": Sum(name) for name in NUMBERS}
    for values in rows.values_list(*names).annotate(**named):
        numbers = {name: int(value or 0) for name, value in zip(NUMBERS, values[len(names) :], strict=True)}
        groups[tuple(values[: len(names)])] = Sums(**numbers)
    timed = rows.filter(latency__isnull=False) if histograms else rows.none()
    for *key, latency, first_token in timed.values_list(*names, *HISTOGRAMS).iterator():
        sums = groups[tuple(key)]
        sums.latency += from_bytes(latency)
        sums.first_token += from_bytes(first_token or b"")
    return groups


def _asked_of(parts: Parts, cube: Cube, asked: Asked) -> QuerySet[Any]:
    within = Q(grain=DAY) & spans_of(parts.days, "start") | Q(grain=HOUR) & spans_of(parts.hours, "start")
    rows = UsageSum.objects.filter(within, cube=cube)
    rows = rows.filter(**{dimension.value: value for dimension, value in asked.filters.items()})
    if asked.tests is False:
        rows = rows.filter(tests=False)
    columns = {f"group_{place}": _column(by, asked) for place, by in enumerate(asked.by)}
    return rows.order_by().annotate(**columns)


def _column(by: Dimension | Interval, asked: Asked) -> Combinable:
    if isinstance(by, Dimension):
        return F(by.value)
    # Hours are only asked of sums of hours, which begin with them.
    return F("start") if by is Interval.HOUR else truncated("start", by, asked.zone)


def read(grain: str, start: datetime, end: datetime) -> Iterator[tuple[Combination, Sums]]:
    """The kept sums of all combinations in a period; several of a combination when the period has several."""
    rows = UsageSum.objects.order_by().filter(cube__in=list(Cube), grain=grain, start__gte=start, start__lt=end)
    width = 2 + len(DIMENSIONS)
    for row in rows.values_list(*COLUMNS[2:]).iterator():
        cube, tests, *values = row[:width]
        *numbers, latency, first_token = row[width:]
        histograms = (from_bytes(latency or b""), from_bytes(first_token or b""))
        yield (Cube(cube), tests, tuple(values)), Sums(*(*numbers, *histograms))


def replace(grain: str, start: datetime, sums: dict[Combination, Sums]) -> None:
    """Replaces the sums of an hour or a day. Belongs into a transaction."""
    UsageSum.objects.filter(cube__in=list(Cube), grain=grain, start=start).delete()
    _insert([_row(grain, start, combination, of) for combination, of in sums.items()])


def _row(grain: str, start: datetime, combination: Combination, sums: Sums) -> list[Any]:
    cube, tests, values = combination
    latency, first_token = (to_bytes(histogram) or None for histogram in (sums.latency, sums.first_token))
    return [grain, start, cube.value, tests, *values, *_numbers(sums), latency, first_token]


def _insert(rows: Sequence[list[Any]]) -> None:
    table, names = UsageSum._meta.db_table, ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(COLUMNS))
        for row in rows:
            row[1] = connection.ops.adapt_datetimefield_value(row[1])
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608  no caller's words


def combined(groups: Iterable[tuple[Key, Sums]]) -> dict[Combination, Sums]:
    """Sums by all dimensions (key: whether of tests, then DIMENSIONS) as the sums of every cube."""
    of: dict[Combination, Sums] = {}
    kept = {cube: [dimension in has for dimension in DIMENSIONS] for cube, has in CUBES.items()}
    for (tests, *values), sums in groups:
        for cube, has in kept.items():
            own = tuple(value if own else "" for value, own in zip(values, has, strict=True))
            add(of, (cube, bool(tests), own), sums)
    return of


def add(sums: dict[Combination, Sums], combination: Combination, more: Sums) -> None:
    if (own := sums.get(combination)) is None:
        own = sums[combination] = Sums()
    own.add(more)
