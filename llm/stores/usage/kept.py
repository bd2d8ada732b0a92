"""The kept sums of usage: read for a question, and replaced whole for an hour or a day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import attrgetter, or_
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Case, CharField, F, Q, QuerySet, Sum, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from llm.core.usage.dimensions import CUBES, Cube, Dimension, Interval
from llm.core.usage.histogram import from_bytes, to_bytes
from llm.core.usage.periods import Parts
from llm.core.usage.sums import HISTOGRAMS, NUMBERS, PARTS, Sums
from llm.models import UsageSum
from llm.stores.usage.cubes import DIMENSIONS, Combination
from llm.stores.usage.moments import Key, reader, seconds_of, unconverted
from llm.stores.usage.rows import Asked, Groups, Texts, spans_of

HOUR, DAY = "hour", "day"

CLASS = DIMENSIONS.index(Dimension.ERROR_CLASS)
HEAD = ("grain", "start", "cube", "tests", *(dimension.value for dimension in DIMENSIONS))
COLUMNS = (*HEAD, *NUMBERS, *HISTOGRAMS, "failures")
_numbers = attrgetter(*NUMBERS)

WHOLE = tuple(name for name in NUMBERS if name not in PARTS)
"""The numbers without the parts of the cost, which come last."""
# Of a row whose error class is told apart, the class is in its column; rows of older releases have no text at all.
FAILED = Case(
    When(~Q(failures=""), then=F("failures")),
    When(failed__gt=0, then=Concat("error_class", Value(":"), Cast("failed", CharField()), output_field=TextField())),
)
MANY_TIMED = 10_000
"""Histograms that are fetched at a time."""


class _Whole(Cast):
    """A sum as a whole number: PostgreSQL's own is numeric, which is slow to read."""

    convert_value = unconverted


def sizes_of_parts(parts: Parts, cube: Cube, asked: Asked) -> Groups:
    """The calls and attempts alone. One query."""
    names, key_of = [f"group_{place}" for place, _ in enumerate(asked.by)], reader(asked.by, asked.zone)
    sizes = {f"sum_of_{name}": _Whole(Sum(name), BigIntegerField()) for name in ("calls", "attempts")}
    rows = _asked_of(parts, cube, asked).values_list(*names).annotate(**sizes)
    return {key_of(row): Sums(calls=row[-2], attempts=row[-1]) for row in rows}


def sums_of_parts(
    parts: Parts,
    cube: Cube,
    asked: Asked,
    *,
    histograms: Collection[str] = HISTOGRAMS,
    only: Collection[Key] | None = None,
) -> Groups:
    """The sums of the whole hours and days of a period, by group. Two queries, one without histograms.

    `only`: of these values of the dimensions that are asked for alone.
    """
    groups: Groups = {}
    rows = _asked_of(parts, cube, asked)
    if only is not None:
        rows = rows.filter(_among(only, asked))
    names = [f"group_{place}" for place, _ in enumerate(asked.by)]
    width, key_of = len(names), reader(asked.by, asked.zone)
    numbers = NUMBERS if asked.parts else WHOLE
    # Prefixed: Django forbids an annotation with the name of a field.
    named: dict[str, Combinable] = {f"sum_of_{name}": _Whole(Sum(name), BigIntegerField()) for name in numbers}
    for row in rows.values_list(*names).annotate(**named, failed_by_class=Texts(FAILED)):
        groups[key_of(row)] = sums = Sums(*row[width:-1])
        if row[-1]:
            sums.add_failures(_failures(row[-1]))
    wanted = [name for name in HISTOGRAMS if name in histograms]
    timed = rows.filter(latency__isnull=False) if wanted else rows.none()
    for row in timed.values_list(*names, *wanted).iterator(MANY_TIMED):
        sums = groups[key_of(row)]
        for name, stored in zip(wanted, row[width:], strict=True):
            if stored:
                setattr(sums, name, getattr(sums, name) + from_bytes(stored))
    return groups


def _among(names: Collection[Key], asked: Asked) -> Q:
    dimensions = [by.value for by in asked.by if isinstance(by, Dimension)]
    if len(dimensions) == 1:
        return Q(**{f"{dimensions[0]}__in": [value for (value,) in names]})
    return reduce(or_, (Q(**dict(zip(dimensions, name, strict=True))) for name in names))


def _failures(text: str) -> dict[str, int]:
    """The numbers by error class; one may stand there several times."""
    found: dict[str, int] = {}
    for pair in text.split():
        error_class, _, number = pair.rpartition(":")
        found[error_class] = found.get(error_class, 0) + int(number)
    return found


def of_parts(parts: Parts, cube: Cube) -> QuerySet[UsageSum]:
    """The rows of a cube that make up the whole hours and days of a period."""
    within = Q(grain=DAY) & spans_of(parts.days, "start") | Q(grain=HOUR) & spans_of(parts.hours, "start")
    return UsageSum.objects.order_by().filter(within, cube=cube)


def _asked_of(parts: Parts, cube: Cube, asked: Asked) -> QuerySet[Any]:
    rows = of_parts(parts, cube).filter(**{dimension.value: value for dimension, value in asked.filters.items()})
    if asked.tests is False:
        rows = rows.filter(tests=False)
    columns = {f"group_{place}": _column(by, asked) for place, by in enumerate(asked.by)}
    return rows.annotate(**columns)


def _column(by: Dimension | Interval, asked: Asked) -> Combinable:
    if isinstance(by, Dimension):
        return F(by.value)
    # Hours are only asked of sums of hours, which begin with them.
    return seconds_of("start", by, asked.zone, whole_hours=True)


def read(grain: str, start: datetime, end: datetime) -> Iterator[tuple[Combination, Sums]]:
    """The kept sums of all combinations in a period; several of a combination when the period has several."""
    rows = UsageSum.objects.order_by().filter(cube__in=list(Cube), grain=grain, start__gte=start, start__lt=end)
    width = 2 + len(DIMENSIONS)
    for row in rows.values_list(*COLUMNS[2:]).iterator():
        cube, tests, *values = row[:width]
        *numbers, latency, first_token, failures = row[width:]
        sums = Sums(*(*numbers, from_bytes(latency or b""), from_bytes(first_token or b"")))
        if failures:
            sums.add_failures(_failures(failures))
        elif sums.failed:
            sums.add_failures({values[CLASS]: sums.failed})
        yield (Cube(cube), tests, tuple(values)), sums


def replace(grain: str, start: datetime, sums: dict[Combination, Sums]) -> None:
    """Replaces the sums of an hour or a day. Belongs into a transaction."""
    UsageSum.objects.filter(cube__in=list(Cube), grain=grain, start=start).delete()
    _insert([_row(grain, start, combination, of) for combination, of in sums.items()])


def _row(grain: str, start: datetime, combination: Combination, sums: Sums) -> list[Any]:
    cube, tests, values = combination
    latency, first_token = (to_bytes(histogram) or None for histogram in (sums.latency, sums.first_token))
    failures = "" if Dimension.ERROR_CLASS in CUBES[cube] else _text(sums.failures)
    return [grain, start, cube.value, tests, *values, *_numbers(sums), latency, first_token, failures]


def _text(failures: Mapping[str, int]) -> str:
    return " ".join(f"{error_class}:{number}" for error_class, number in sorted(failures.items()))


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
