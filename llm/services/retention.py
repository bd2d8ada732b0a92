"""Maintenance of the call log, for commands and the worker: recovery, hourly sums, deletion."""

from datetime import timedelta

from llm.conf import llm_settings
from llm.stores.calls import recovery, usage


def recover() -> int:
    """Records the calls that killed processes left in their journals; returns how many."""
    recovered = recovery.recover(llm_settings().journal_dir)
    return recovered.finished + recovered.interrupted


def roll_up() -> int:
    """Brings the hourly sums up to date; returns how many were written."""
    return usage.roll_up().groups


def prune(older_than: timedelta) -> int:
    """Deletes the calls that ended before `older_than` ago and keeps their hourly sums; returns how many."""
    return usage.prune(older_than)


def prune_by_settings() -> int:
    """Deletes the calls older than LLM_RETENTION_DAYS; returns how many."""
    return prune(timedelta(days=llm_settings().retention_days))
