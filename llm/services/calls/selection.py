"""A selection of the call log by what operators ask for, and its sums."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from llm.core.calls import CallStatus
from llm.models import Attempt, Call
from llm.services.calls.search import find
from llm.stores.usage.rows import TEST_ORIGINS

MOST_SUMMED = 10_000
"""Calls that `totals` reads at most: the newest of the selection."""
FIRST_SEQ = 1
NOT_ANSWERED = (CallStatus.FAILED, CallStatus.CUT, CallStatus.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which calls. Empty and None values select nothing out; all conditions hold together.

    `columns`: equal values by column of Call. `first`: the provider that was asked first; `tried`: one that was asked.
    `error`: the class of the call's or of an attempt's failure, with `tried` of an attempt there. `by_first_choice`:
    whether the first provider of the chain answered. `request_id`: its beginning, or a vendor's.
    """

    since: datetime | None = None
    until: datetime | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    tag: str = ""
    first: str = ""
    tried: str = ""
    error: str = ""
    slower_ms: float | None = None
    dearer_usd: Decimal | None = None
    by_first_choice: bool | None = None
    without_tests: bool = False
    unpriced: bool = False
    request_id: str = ""

    def calls(self) -> QuerySet[Call]:
        """The calls, newest first, without prompts and answers. Searching for a request id takes two queries."""
        calls: QuerySet[Call] = Call.objects.begun(self.since, self.until).filter(**self.columns, **self._bounds())
        if self.without_tests:
            calls = calls.exclude(origin__in=TEST_ORIGINS)
        if self.by_first_choice is not None:
            calls = calls.filter(status=CallStatus.OK, fallback=not self.by_first_choice)
        if self.tag:
            calls = _tagged(calls, self.tag)
        for condition in self._of_attempts():
            calls = calls.filter(condition)
        if self.request_id:
            calls = find(calls, self.request_id)
        return calls.order_by("-started_at", "-pk").defer("prompt", "answer")

    def _bounds(self) -> dict[str, Any]:
        bounds: dict[str, Any] = {}
        if self.slower_ms is not None:
            bounds["elapsed_ms__gt"] = self.slower_ms
        if self.dearer_usd is not None:
            bounds["cost_usd__gt"] = self.dearer_usd
        if self.unpriced:
            bounds["unpriced_attempts__gt"] = 0
        return bounds

    def _of_attempts(self) -> list[Combinable | Q]:
        attempts = Attempt.objects.filter(call=OuterRef("pk"))
        conditions: list[Combinable | Q] = []
        if self.first:
            conditions.append(Exists(attempts.filter(seq=FIRST_SEQ, provider=self.first)))
        if self.tried:
            named = {"error_class": self.error} if self.error else {}
            conditions.append(Exists(attempts.filter(provider=self.tried, **named)))
        elif self.error:
            conditions.append(Q(error_class=self.error) | Q(Exists(attempts.filter(error_class=self.error))))
        return conditions


def _tagged(calls: QuerySet[Call], tag: str) -> QuerySet[Call]:
    if connection.vendor == "sqlite":  # which cannot look into JSON lists by Django's means
        return calls.annotate(tags_text=Cast("tags", TextField())).filter(tags_text__contains=json.dumps(tag))
    return calls.filter(tags__contains=[tag])


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of the newest MOST_SUMMED calls of a selection. `cut_off`: there are more.

    `p95_ms`: of the calls that a vendor answered, from request to complete answer; None without any.
    """

    calls: int
    cut_off: bool
    usd: Decimal
    unpriced: int
    static: int
    not_answered: int
    p95_ms: float | None


def totals(calls: QuerySet[Call]) -> Totals:
    """The sums, in two queries."""
    newest = calls[: MOST_SUMMED + 1]
    # Read, not asked of the database by a percentile function: SQLite has none.
    answered = Q(status=CallStatus.OK)
    sums = newest.aggregate(
        calls=Count("pk"),
        usd=Sum("cost_usd"),
        unpriced=Sum("unpriced_attempts"),
        static=Count("pk", filter=Q(status=CallStatus.STATIC)),
        not_answered=Count("pk", filter=Q(status__in=NOT_ANSWERED)),
    )
    times = sorted(calls.filter(answered).values_list("elapsed_ms", flat=True)[:MOST_SUMMED])
    return Totals(
        calls=min(sums["calls"], MOST_SUMMED),
        cut_off=sums["calls"] > MOST_SUMMED,
        usd=sums["usd"] or Decimal(0),
        unpriced=sums["unpriced"] or 0,
        static=sums["static"],
        not_answered=sums["not_answered"],
        p95_ms=times[ceil(0.95 * len(times)) - 1] if times else None,
    )
