"""Deletes old calls. Their sums stay: each hour is summed in the transaction that deletes its calls."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from llm.core.usage.periods import hour_of
from llm.stores.usage.rollup import hours_with_calls, prune_hour


def prune(older_than: timedelta, progress: Callable[[int], None] | None = None) -> int:
    """Deletes the calls of all whole hours that ended more than `older_than` ago; returns their number.

    One transaction an hour. Calls `progress` after each with the number deleted so far.
    """
    deleted = 0
    for hour in hours_with_calls(None, hour_of(timezone.now() - older_than)):
        deleted += prune_hour(hour)
        if progress is not None:
            progress(deleted)
    return deleted
