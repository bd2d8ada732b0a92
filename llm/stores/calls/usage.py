"""Deletes old calls. Their sums stay: each hour is summed in the transaction that deletes its calls."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from llm.core.usage.periods import hour_of
from llm.models import Call
from llm.stores.partitions.forget import drop_weeks, rows_kept_from
from llm.stores.usage.rollup import hours_with_calls, prune_hour

BLANKED_AT_ONCE = 1000


def prune(older_than: timedelta, progress: Callable[[int], None] | None = None, *, exact: bool = True) -> int:
    """Deletes the calls of all whole hours that ended more than `older_than` ago; returns their number.

    On PostgreSQL whole weeks are dropped. The week that is partly older loses its older calls one transaction an hour;
    without `exact` it keeps them until it is over, without prompts and answers. Calls `progress` with the number
    deleted so far.
    """
    cutoff = hour_of(timezone.now() - older_than)
    deleted = drop_weeks(cutoff, progress)
    kept_from = cutoff if exact else rows_kept_from(cutoff)
    for hour in hours_with_calls(None, kept_from):
        deleted += prune_hour(hour)
        if progress is not None:
            progress(deleted)
    if kept_from < cutoff:
        _blank(kept_from, cutoff)
    return deleted


def _blank(since: datetime, until: datetime) -> None:
    """Empties the prompts and answers that were kept of a period."""
    kept = Call.objects.begun(since, until).exclude(prompt="", answer="").order_by().values_list("pk", flat=True)
    while part := list(kept[:BLANKED_AT_ONCE]):
        Call.objects.filter(pk__in=part).update(prompt="", answer="")
