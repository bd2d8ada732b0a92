"""Figures of a period, counted in the database from the call log. Pruned calls no longer count.

Definitions, the same for the totals and for each group:

- calls: requests that began in the period; tests and probes count only when asked for.
- attempts: requests to vendors made for those calls; failures: the failed ones among them by error class.
- successes: calls that a vendor answered. Static answers are counted apart.
- rejected: calls refused for their content; cancelled: calls whose caller disconnected.
- fallbacks: successes answered by another provider than the first of their chain, which failed in this
  call or was skipped.
- availability: successes / (calls - rejected - cancelled); None when the divisor is 0.
- latency: milliseconds from request to complete answer of the successes, by nearest rank.
- tokens and cost: those of all attempts, since vendors may bill failed and interrupted ones too.

Grouped by provider or model, a call counts for the provider that answered ("static" for the static
tier, "" without an answer); attempts, tokens and cost count for the provider that was tried.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Value, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import RowNumber, TruncDay, TruncHour

from llm.core.calls import CallStatus, Outcome
from llm.models import Attempt, Call

TEST_ORIGINS = ("test", "probe")
PERCENTILES = (50, 95, 99)

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """The columns that group calls, and the matching ones that group attempts."""

    calls: tuple[Combinable, ...] = ()
    attempts: tuple[Combinable, ...] = ()


GROUPINGS: dict[str, Grouping] = {
    "provider": Grouping(calls=(F("provider"),), attempts=(F("provider"),)),
    "model": Grouping(calls=(F("model"),), attempts=(F("model"),)),
    "route": Grouping(calls=(F("route"),), attempts=(F("call__route"),)),
    "key": Grouping(calls=(F("consumer"), F("key_id")), attempts=(F("call__consumer"), F("call__key_id"))),
    "hour": Grouping(
        calls=(TruncHour("started_at", tzinfo=UTC),), attempts=(TruncHour("call__started_at", tzinfo=UTC),)
    ),
    "day": Grouping(calls=(TruncDay("started_at", tzinfo=UTC),), attempts=(TruncDay("call__started_at", tzinfo=UTC),)),
}


@dataclass(slots=True, kw_only=True)
class Figures:
    """The numbers of one group, or of the period; the module's docstring defines them."""

    calls: int = 0
    attempts: int = 0
    successes: int = 0
    rejected: int = 0
    cancelled: int = 0
    static_answers: int = 0
    fallbacks: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    latency_ms: dict[int, float] = field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    @property
    def availability(self) -> float | None:
        """From 0 to 1; None when every call was rejected or cancelled."""
        answerable = self.calls - self.rejected - self.cancelled
        return self.successes / answerable if answerable > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`groups` is ordered by key, and empty without a grouping."""

    start: datetime
    end: datetime
    totals: Figures
    groups: tuple[tuple[Key, Figures], ...] = ()


def report(start: datetime, end: datetime, *, group_by: str | None = None, tests: bool = False) -> Report:
    """The figures of the calls with `start` <= begun < `end`. `group_by` is a key of GROUPINGS."""
    calls = Call.objects.filter(started_at__gte=start, started_at__lt=end)
    if not tests:
        calls = calls.exclude(origin__in=TEST_ORIGINS)
    totals = _figures(calls, Grouping()).get((), Figures())
    groups = _figures(calls, GROUPINGS[group_by]) if group_by else {}
    ordered = sorted(groups.items(), key=lambda item: tuple(str(part) for part in item[0]))
    return Report(start=start, end=end, totals=totals, groups=tuple(ordered))


def _figures(calls: QuerySet[Call], by: Grouping) -> dict[Key, Figures]:
    groups: dict[Key, Figures] = {}
    _count_calls(calls, by, groups)
    _measure(calls, by, groups)
    _count_attempts(Attempt.objects.filter(call__in=calls), by, groups)
    return groups


def _count_calls(calls: QuerySet[Call], by: Grouping, groups: dict[Key, Figures]) -> None:
    def count_of(status: CallStatus) -> Count:
        return Count("pk", filter=Q(status=str(status)))

    rows = _grouped(calls, by.calls).annotate(
        n=Count("pk"),
        ok=count_of(CallStatus.OK),
        rejected=count_of(CallStatus.REJECTED),
        cancelled=count_of(CallStatus.CANCELLED),
        static=count_of(CallStatus.STATIC),
        fallbacks=Count("pk", filter=Q(status=str(CallStatus.OK), fallback=True)),
    )
    for key, row in _keyed(rows, len(by.calls)):
        figures = groups.setdefault(key, Figures())
        figures.calls, figures.successes = row["n"], row["ok"]
        figures.rejected, figures.cancelled, figures.static_answers = row["rejected"], row["cancelled"], row["static"]
        figures.fallbacks = row["fallbacks"]


def _measure(calls: QuerySet[Call], by: Grouping, groups: dict[Key, Figures]) -> None:
    """Percentiles by nearest rank: the value at place ceil(n * p / 100) of its ordered group."""
    partition: Any = list(by.calls) or None
    rows = calls.filter(status=str(CallStatus.OK)).order_by()
    ranked = rows.annotate(
        **_columns(by.calls),
        n=Window(Count("pk"), partition_by=partition),
        place=Window(RowNumber(), partition_by=partition, order_by=[F("elapsed_ms").asc(), F("pk").asc()]),
    )
    at = Q()
    for p in PERCENTILES:
        at |= Q(place=(F("n") * p + 99) / 100)
    values = ranked.filter(at).values(*_columns(by.calls), "n", "place", "elapsed_ms")
    for key, row in _keyed(values, len(by.calls)):
        for p in PERCENTILES:
            if row["place"] == (row["n"] * p + 99) // 100:
                groups.setdefault(key, Figures()).latency_ms[p] = round(row["elapsed_ms"], 1)


def _count_attempts(attempts: QuerySet[Attempt], by: Grouping, groups: dict[Key, Figures]) -> None:
    rows = _grouped(attempts, by.attempts).annotate(
        n=Count("pk"),
        input=Sum("input_tokens"),
        output=Sum("output_tokens"),
        cached=Sum("cached_tokens"),
        reasoning=Sum("reasoning_tokens"),
        cost=Sum("cost_usd"),
    )
    for key, row in _keyed(rows, len(by.attempts)):
        figures = groups.setdefault(key, Figures())
        figures.attempts, figures.cost_usd = row["n"] or 0, row["cost"] or Decimal(0)
        figures.input_tokens, figures.output_tokens = row["input"] or 0, row["output"] or 0
        figures.cached_tokens, figures.reasoning_tokens = row["cached"] or 0, row["reasoning"] or 0
    failed = attempts.filter(outcome=str(Outcome.FAILED))
    for key, row in _keyed(
        _grouped(failed, (*by.attempts, F("error_class"))).annotate(n=Count("pk")), len(by.attempts)
    ):
        groups.setdefault(key, Figures()).failures[row[_column(len(by.attempts))]] = row["n"]


def _column(place: int) -> str:
    return f"group_{place}"


def _columns(by: tuple[Combinable, ...]) -> dict[str, Combinable]:
    return {_column(place): expression for place, expression in enumerate(by)}


def _grouped(rows: QuerySet[Any], by: tuple[Combinable, ...]) -> QuerySet[Any]:
    columns = _columns(by) or {_column(0): Value(0)}
    return rows.order_by().annotate(**columns).values(*columns)


def _keyed(rows: Iterable[dict[str, Any]], width: int) -> list[tuple[Key, dict[str, Any]]]:
    return [(tuple(row[_column(place)] for place in range(width)), row) for row in rows]
