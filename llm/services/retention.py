"""The call log's upkeep for commands and the worker: recovering, summing up, deleting. The work is the stores'."""

from datetime import timedelta

from llm.conf import llm_settings
from llm.stores.calls import recovery, usage


def recover() -> int:
    """Records the calls that killed processes left in their journals; answers how many there were."""
    found = recovery.recover(llm_settings().journal_dir)
    return found.finished + found.interrupted


def roll_up() -> int:
    """Brings the hourly sums up to date; answers how many of them were written."""
    return usage.roll_up().groups


def prune(older_than: timedelta) -> int:
    """Deletes the calls that ended before `older_than` ago, their sums kept; answers how many."""
    return usage.prune(older_than)


def prune_by_settings() -> int:
    """The same for calls older than LLM_RETENTION_DAYS."""
    return prune(timedelta(days=llm_settings().retention_days))
