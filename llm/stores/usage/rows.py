"""Sums of usage, computed from the rows of calls and attempts. An attempt counts where its call began."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import (
    Aggregate,
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Floor, Greatest, Least, Ln

from llm.core.calls import CallStatus, Outcome
from llm.core.usage.dimensions import Dimension, Interval
from llm.core.usage.histogram import BINS, WIDTH, packed
from llm.core.usage.periods import Span
from llm.core.usage.sums import HISTOGRAMS, OF_ATTEMPTS, PARTS, Sums
from llm.ids import largest, smallest
from llm.models import Attempt, Call
from llm.models.call import SLACK
from llm.stores.usage.cost_parts import sum_of_part
from llm.stores.usage.moments import Key, reader, seconds_of

TEST_ORIGINS = ("test", "probe")
"""Origins of calls that nobody asked for."""

Groups = dict[Key, Sums]
Sets = Sequence[Sequence[int]]
"""Sets of columns to group by, by their places among those that are asked for."""

OWN = frozenset({Dimension.PROVIDER, Dimension.MODEL, Dimension.ERROR_CLASS})
"""The dimensions that an attempt has of itself; its call has the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What sums are asked for: `by` makes the key of each group, in this order.

    With `tests` None tests count and are told apart: the key begins with whether they are. An interval's days and
    months are those of `zone`. Without `parts` those of the cost are 0.
    """

    by: tuple[Dimension | Interval, ...] = ()
    filters: Mapping[Dimension, str]
    tests: bool | None = True
    zone: ZoneInfo
    parts: bool = False


class Texts(Aggregate):
    """All texts, with a space between: a row for each group, where counting by text would make many."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


class _Nano(Func):
    """A sum in US dollars as whole billionths. SQLite keeps the sum as a float, which is exact to 15 digits."""

    template = "CAST(ROUND(%(expressions)s * 1000000000) AS BIGINT)"
    output_field = BigIntegerField()


FIRST_ID, LAST_ID = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Between which ids bear a time, with room for SLACK."""


def spans_of(spans: Sequence[Span], field: str) -> Q:
    """The rows whose moment lies in one of the spans; none for no span."""
    within = Q(pk__in=[])
    for start, end in spans:
        within |= Q(**{f"{field}__gte": start, f"{field}__lt": end})
    return within


def begun(spans: Sequence[Span], field: str) -> Q:
    """`spans_of` for calls and attempts. Their ids bear the time: bounds spare PostgreSQL other partitions."""
    within = Q(pk__in=[])
    for start, end in spans:
        first = smallest(max(start, FIRST_ID) - SLACK)
        last = largest(min(max(end, FIRST_ID), LAST_ID) + SLACK)
        within |= Q(**{f"{field}__gte": start, f"{field}__lt": end}, id__gte=first, id__lte=last)
    return within


def sums_of_spans(
    spans: Sequence[Span], asked: Asked, *, histograms: Collection[str] = HISTOGRAMS, sets: Sets | None = None
) -> Groups:
    """The sums of the calls that began in the spans, by group. Two queries.

    With `sets` by each of them, on PostgreSQL: a key has None where a column is not in its set.
    """
    return _sums(begun(spans, "started_at"), begun(spans, "call__started_at"), asked, histograms, sets)


def sums_of_calls(ids: Sequence[UUID], asked: Asked, *, sets: Sets | None = None) -> Groups:
    """The sums of these calls, by group; see `sums_of_spans`."""
    return _sums(Q(pk__in=ids), Q(call_id__in=ids), asked, HISTOGRAMS, sets)


def _sums(of_calls: Q, of_attempts: Q, asked: Asked, histograms: Collection[str], sets: Sets | None) -> Groups:
    groups: Groups = {}
    calls = _grouped(_filtered(Call.objects.filter(of_calls), asked, of_attempts=False), asked, of_attempts=False)
    bins = {name: Texts(Cast(_bin(column), TextField()), filter=_timed(column)) for name, column in TIMES.items()}
    bins = {name: texts for name, texts in bins.items() if name in histograms}
    for group, texts in _add_numbers(groups, calls, asked, {**_CALL_SUMS, **bins}, len(bins), sets):
        for name, text in zip(bins, texts, strict=True):
            counted = Counter(text.split()) if text else {}
            setattr(group, name, getattr(group, name) + packed((int(place), n) for place, n in counted.items()))
    attempts = _filtered(Attempt.objects.filter(of_attempts), asked, of_attempts=True)
    attempts = _grouped(attempts, asked, of_attempts=True)
    numbers = _ATTEMPT_SUMS | (_COST_PARTS if asked.parts else {})
    for group, (text,) in _add_numbers(groups, attempts, asked, {**numbers, "failures": _FAILURES}, 1, sets):
        group.add_failures(Counter(text.split()) if text else {})
    return groups


TIMES = {"latency": "elapsed_ms", "first_token": "first_token_ms"}
"""Each histogram, and the column that it is of."""


def _timed(column: str) -> Q:
    return Q(status=CallStatus.OK, **{f"{column}__isnull": False})


def _count(**conditions: Any) -> Count:
    return Count("pk", filter=Q(**conditions)) if conditions else Count("pk")


_CALL_SUMS: dict[str, Combinable] = {
    "calls": _count(),
    "answered": _count(status=CallStatus.OK),
    "static": _count(status=CallStatus.STATIC),
    "rejected": _count(status=CallStatus.REJECTED),
    "cancelled": _count(status=CallStatus.CANCELLED),
    "fallbacks": _count(status=CallStatus.OK, fallback=True),
    "resumed": _count(resumed=True),
}
_ATTEMPT_SUMS: dict[str, Combinable] = {
    "attempts": _count(),
    "failed": _count(outcome=Outcome.FAILED),
    "broken_off": _count(outcome=Outcome.CANCELLED),
    "interrupted": _count(outcome=Outcome.INTERRUPTED),
    "unpriced": _count(unpriced=True),
    **{name: Sum(name) for name in OF_ATTEMPTS if name.endswith("_tokens")},
    "cost_nano": Sum(_Nano("cost_usd")),
    "saved_nano": Sum(_Nano("saved_usd")),
}
_COST_PARTS: dict[str, Combinable] = {name: sum_of_part(name) for name in PARTS}
_FAILURES = Texts("error_class", filter=Q(outcome=Outcome.FAILED))


def _add_numbers(
    groups: Groups,
    rows: QuerySet[Any],
    asked: Asked,
    sums: Mapping[str, Combinable],
    texts: int,
    sets: Sets | None,
) -> Iterator[tuple[Sums, Key]]:
    """Adds the numbers of all rows; gives each group with its texts, the last `texts` of the sums."""
    # Prefixed: Django forbids an annotation with the name of a field.
    named = {f"sum_of_{name}": of for name, of in sums.items()}
    offset = int(asked.tests is None)
    width, key_of = offset + len(asked.by), reader(asked.by, asked.zone, offset=offset)
    numbers = tuple(sums)[: len(sums) - texts]
    grouped = rows.values_list(*_names(asked)).annotate(**named)
    for row in grouped if sets is None else _by_sets(grouped, width, sets):
        group = groups.setdefault(key_of(row), Sums())
        for name, value in zip(numbers, row[width:], strict=False):
            if value:  # most are 0
                setattr(group, name, getattr(group, name) + int(value))
        yield group, row[len(row) - texts :]


def _by_sets(grouped: QuerySet[Any], width: int, sets: Sets) -> Iterator[Key]:
    """The rows of a query that groups by its first columns, for each set of them: Django knows no GROUPING SETS.

    Raises ValueError when Django no longer groups by the numbers of the columns.
    """
    sql, params = grouped.query.sql_with_params()
    select, _, numbers = sql.rpartition(" GROUP BY ")
    if numbers != ", ".join(str(number + 1) for number in range(width)):
        raise ValueError(f"unexpected grouping: {numbers}")
    each = ", ".join(f"({', '.join(str(column + 1) for column in columns)})" for columns in sets)
    with connection.cursor() as cursor:
        cursor.execute(f"{select} GROUP BY GROUPING SETS ({each})", params)
        yield from cursor.fetchall()


def _bin(column: str) -> Combinable:
    """The bin of a duration in milliseconds, as `llm.core.usage.histogram.bin_of`."""
    at_least_1 = Greatest(F(column), Value(1.0), output_field=FloatField())
    place = Floor(Ln(at_least_1) / Value(log(WIDTH), output_field=FloatField()))
    return Least(Cast(place, IntegerField()), Value(BINS - 1))


def _filtered(rows: QuerySet[Any], asked: Asked, *, of_attempts: bool) -> QuerySet[Any]:
    rows = rows.filter(**{_column(dimension, of_attempts): value for dimension, value in asked.filters.items()})
    if asked.tests is False:
        rows = rows.exclude(**{f"{'call__' if of_attempts else ''}origin__in": TEST_ORIGINS})
    return rows.order_by()


def _grouped(rows: QuerySet[Any], asked: Asked, *, of_attempts: bool) -> QuerySet[Any]:
    prefix = "call__" if of_attempts else ""
    columns: dict[str, Combinable] = {}
    if asked.tests is None:
        is_test = When(**{f"{prefix}origin__in": TEST_ORIGINS}, then=Value(True))
        columns["is_test"] = Case(is_test, default=Value(False), output_field=BooleanField())
    for name, by in zip(_names(asked)[len(columns) :], asked.by, strict=True):
        columns[name] = (
            seconds_of(f"{prefix}started_at", by, asked.zone)
            if isinstance(by, Interval)
            else F(_column(by, of_attempts))
        )
    return rows.annotate(**columns)


def _names(asked: Asked) -> list[str]:
    names = ["is_test"] if asked.tests is None else []
    names += [f"group_{place}" for place, _ in enumerate(asked.by)]
    return names


def _column(dimension: Dimension, of_attempts: bool) -> str:
    return dimension.value if not of_attempts or dimension in OWN else f"call__{dimension.value}"
