"""Maintenance of the call log, for commands and the worker: recovery, sums, deletion."""

from datetime import timedelta

from llm.conf import llm_settings
from llm.stores.calls import recovery, usage
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
    """Deletes the calls older than LLM_RETENTION_DAYS; returns how many."""
    return prune(timedelta(days=llm_settings().retention_days))
