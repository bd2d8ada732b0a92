"""Sums of usage, computed from the rows of calls and attempts. An attempt counts where its call began."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import (
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
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Floor, Greatest, Least, Ln, Trunc

from llm.core.calls import CallStatus, Outcome
from llm.core.usage.dimensions import Dimension, Interval
from llm.core.usage.histogram import BINS, LANE_BITS, WIDTH
from llm.core.usage.periods import Span
from llm.core.usage.sums import OF_ATTEMPTS, OF_CALLS, Sums
from llm.ids import largest, smallest
from llm.models import Attempt, Call
from llm.models.call import SLACK

TEST_ORIGINS = ("test", "probe")
"""Origins of calls that nobody asked for."""

Key = tuple[Any, ...]
Groups = dict[Key, Sums]

OWN = frozenset({Dimension.PROVIDER, Dimension.MODEL, Dimension.ERROR_CLASS})
"""The dimensions that an attempt has of itself; its call has the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What sums are asked for: `by` makes the key of each group, in this order.

    With `tests` None tests count and are told apart: the key begins with whether they are. An interval's days and
    months are those of `zone`.
    """

    by: tuple[Dimension | Interval, ...] = ()
    filters: Mapping[Dimension, str]
    tests: bool | None = True
    zone: ZoneInfo


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


def _begun(spans: Sequence[Span], field: str) -> Q:
    """The same of calls and attempts. Their ids bear the call's time: bounds let PostgreSQL skip other partitions."""
    within = Q(pk__in=[])
    for start, end in spans:
        first = smallest(max(start, FIRST_ID) - SLACK)
        last = largest(min(max(end, FIRST_ID), LAST_ID) + SLACK)
        within |= Q(**{f"{field}__gte": start, f"{field}__lt": end}, id__gte=first, id__lte=last)
    return within


def truncated(field: str, interval: Interval, zone: ZoneInfo) -> Trunc:
    """The beginning of the interval. Hours are UTC's: a zone that puts its clocks back has one hour twice."""
    return Trunc(field, interval.value, tzinfo=UTC if interval is Interval.HOUR else zone)


def sums_of_spans(spans: Sequence[Span], asked: Asked, *, histograms: bool = True) -> Groups:
    """The sums of the calls that began in the spans, by group. Four queries, two without histograms."""
    return _sums(_begun(spans, "started_at"), _begun(spans, "call__started_at"), asked, histograms)


def sums_of_calls(ids: Sequence[UUID], asked: Asked) -> Groups:
    """The sums of these calls, by group."""
    return _sums(Q(pk__in=ids), Q(call_id__in=ids), asked, True)


def _sums(of_calls: Q, of_attempts: Q, asked: Asked, histograms: bool) -> Groups:
    groups: Groups = {}
    calls = _filtered(Call.objects.filter(of_calls), asked, of_attempts=False)
    attempts = _filtered(Attempt.objects.filter(of_attempts), asked, of_attempts=True)
    _add_numbers(groups, _grouped(calls, asked, of_attempts=False), asked, OF_CALLS, _CALL_SUMS)
    answered = calls.filter(status=CallStatus.OK)
    for name, column in TIMES if histograms else ():
        timed = _grouped(answered.filter(**{f"{column}__isnull": False}), asked, of_attempts=False)
        bins = timed.annotate(place=_bin(column)).values_list(*_names(asked), "place").annotate(n=Count("pk"))
        for *key, place, count in bins:
            sums = groups.setdefault(tuple(key), Sums())
            setattr(sums, name, getattr(sums, name) + (count << LANE_BITS * place))
    _add_numbers(groups, _grouped(attempts, asked, of_attempts=True), asked, OF_ATTEMPTS, _ATTEMPT_SUMS)
    return groups


TIMES = (("latency", "elapsed_ms"), ("first_token", "first_token_ms"))
"""Each histogram, and the column that it is of."""


def _count(**conditions: Any) -> Count:
    return Count("pk", filter=Q(**conditions)) if conditions else Count("pk")


_CALL_SUMS: dict[str, Combinable] = {
    "calls": _count(),
    "answered": _count(status=CallStatus.OK),
    "static": _count(status=CallStatus.STATIC),
    "rejected": _count(status=CallStatus.REJECTED),
    "cancelled": _count(status=CallStatus.CANCELLED),
    "fallbacks": _count(status=CallStatus.OK, fallback=True),
}
_ATTEMPT_SUMS: dict[str, Combinable] = {
    "attempts": _count(),
    "failed": _count(outcome=Outcome.FAILED),
    "unpriced": _count(unpriced=True),
    **{name: Sum(name) for name in OF_ATTEMPTS if name.endswith("_tokens")},
    "cost_nano": Sum(_Nano("cost_usd")),
}


def _add_numbers(
    groups: Groups, rows: QuerySet[Any], asked: Asked, numbers: Sequence[str], sums: Mapping[str, Combinable]
) -> None:
    # Prefixed: Django forbids an annotation with the name of a field.
    named = {f"sum_of_{name}": sums[name] for name in numbers}
    width = len(_names(asked))
    for values in rows.values_list(*_names(asked)).annotate(**named):
        group = groups.setdefault(tuple(values[:width]), Sums())
        for name, value in zip(numbers, values[width:], strict=True):
            setattr(group, name, getattr(group, name) + int(value or 0))


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
            truncated(f"{prefix}started_at", by, asked.zone)
            if isinstance(by, Interval)
            else F(_column(by, of_attempts))
        )
    return rows.annotate(**columns) if columns else rows.annotate(all=Value(0))


def _names(asked: Asked) -> list[str]:
    names = ["is_test"] if asked.tests is None else []
    names += [f"group_{place}" for place, _ in enumerate(asked.by)]
    return names


def _column(dimension: Dimension, of_attempts: bool) -> str:
    return dimension.value if not of_attempts or dimension in OWN else f"call__{dimension.value}"
