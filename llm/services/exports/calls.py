"""Rows of the call log for export, oldest first, read in batches: memory does not grow with their number."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from llm.models import Call

BATCH = 1000
COLUMNS = (
    "id", "request_id", "started_at", "route", "origin", "consumer", "key_id", "team", "stream", "status", "provider",
    "model", "error_class", "error_message", "attempts_made", "resumed", "fallback", "elapsed_ms", "first_token_ms",
    "input_tokens", "output_tokens", "cached_tokens", "cache_written_tokens", "reasoning_tokens", "unpriced_attempts",
    "cost_usd", "failover_from", "failover_why",
)  # fmt: skip
"""Without prompts and answers, which need a right of their own."""

Row = tuple[Any, ...]


def batches(
    filters: Mapping[str, Any], start: datetime | None = None, end: datetime | None = None
) -> Iterator[list[Row]]:
    """The calls with `start` <= begun < `end` whose columns equal the filters, as values in the order of COLUMNS."""
    calls = Call.objects.filter(**filters)
    if start is not None:
        calls = calls.filter(started_at__gte=start)
    if end is not None:
        calls = calls.filter(started_at__lt=end)
    rest = calls.order_by("started_at", "pk")
    while batch := list(rest.values_list(*COLUMNS)[:BATCH]):
        yield batch
        last_id, last_start = batch[-1][0], batch[-1][2]
        later = Q(started_at__gt=last_start) | Q(started_at=last_start, pk__gt=last_id)
        rest = calls.filter(later, started_at__gte=last_start).order_by("started_at", "pk")


MOST_EXPORTED = 100_000
"""Rows of `newest`: what a spreadsheet opens with ease."""


def newest(calls: QuerySet[Call]) -> Iterator[list[Row]]:
    """The first MOST_EXPORTED rows of a query set that is ordered by time and id, newest first, in batches."""
    left, rest = MOST_EXPORTED, calls
    while left > 0 and (batch := list(rest.values_list(*COLUMNS)[: min(BATCH, left)])):
        yield batch
        left -= len(batch)
        last_id, last_start = batch[-1][0], batch[-1][2]
        earlier = Q(started_at__lt=last_start) | Q(started_at=last_start, pk__lt=last_id)
        rest = calls.filter(earlier, started_at__lte=last_start)
