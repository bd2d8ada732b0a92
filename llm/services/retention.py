"""Maintenance of the call log, for commands and the worker: recovery, sums, deletion."""

from datetime import timedelta

from llm.conf import llm_settings
from llm.stores.calls import recovery, usage
from llm.stores.partitions.ahead import make_ahead
from llm.stores.partitions.border import withdraw_late_border
from llm.stores.usage import rollup


def recover() -> int:
    """Records the calls that killed processes left in their journals; returns how many."""
    recovered = recovery.recover(llm_settings().journal_dir)
    return recovered.finished + recovered.interrupted


def roll_up() -> int:
    """Brings the sums of usage up to date; returns how many hours and days were summed."""
    rolled_up = rollup.roll_up()
    return rolled_up.hours + rolled_up.days


def prune(older_than: timedelta) -> int:
    """Deletes the calls that ended before `older_than` ago and keeps their sums; returns how many."""
    return usage.prune(older_than)


def prune_by_settings() -> int:
    """Deletes the calls older than LLM_RETENTION_DAYS; returns how many.

    On PostgreSQL a week is deleted whole once all of it is older. Prompts and answers that were kept go at their time.
    """
    return usage.prune(timedelta(days=llm_settings().retention_days), exact=False)


def make_partitions() -> int:
    """Makes the missing partitions of this week and the next ones on PostgreSQL; returns how many."""
    withdraw_late_border()
    return make_ahead()
