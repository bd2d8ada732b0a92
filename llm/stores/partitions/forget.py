"""Drops whole weeks that are over, and returns their disk. Their sums are closed in the same transaction."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import connection

from llm.ids import moment, smallest
from llm.stores.partitions.catalog import LOWEST, TABLES, is_partitioned, ranges
from llm.stores.partitions.locks import with_short_locks
from llm.stores.usage import rollup

DROPPED = "_dropped"
"""Ends the name of a table that is no partition any more. The next run drops what a killed one left."""
LEFT_OVER = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^llm_(call|attempt)_.*_dropped$'"


def drop_weeks(until: datetime, progress: Callable[[int], None] | None = None) -> int:
    """Drops the partitions that end at `until` or before, of both tables; returns the number of their calls."""
    if not all(map(is_partitioned, TABLES)):
        return 0
    dropped = 0
    for end in sorted({part.end for table in TABLES for part in ranges(table) if part.end <= until}):
        rollup.roll_up(end)  # before, so that little is left to do under the lock
        dropped += _count(end)
        dropped += with_short_locks(partial(_detach, end))
        if progress is not None:
            progress(dropped)
    for name in _left_over():
        with_short_locks(partial(_drop, name))
    return dropped


def rows_kept_from(cutoff: datetime) -> datetime:
    """The start of the week whose rows stay together although it began before `cutoff`; `cutoff` without partitions.

    Also `cutoff` while it lies in the one partition of all rows from before `llm_partition`.
    """
    if is_partitioned("llm_call"):
        border = smallest(cutoff)
        for part in ranges("llm_call"):
            if LOWEST < part.first_id <= border < part.end_id:
                return moment(part.first_id)
    return cutoff


def _count(end: datetime) -> int:
    """The calls in the partition that ends there."""
    with connection.cursor() as cursor:
        for part in ranges("llm_call"):
            if part.end == end:
                cursor.execute(f"SELECT count(*) FROM {part.name}")  # noqa: S608  our names
                return int(cursor.fetchone()[0])
    return 0


def _detach(end: datetime) -> int:
    """Closes the hours before `end` and takes the partitions that end there out of their tables.

    Returns how many other calls it deleted.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE")
        rollup.close_hours(end)
        taken_out = {}
        for table in TABLES:
            for part in ranges(table):
                if part.end == end:
                    taken_out[table] = f"{part.name}{DROPPED}"
                    cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {part.name}")
                    cursor.execute(f"ALTER TABLE {part.name} RENAME TO {taken_out[table]}")
        deleted = rollup.delete_calls_before(end)
        if len(taken_out) == len(TABLES):
            _put_back(taken_out["llm_attempt"], taken_out["llm_call"], end)
    return deleted


def _put_back(attempts: str, calls: str, end: datetime) -> None:
    """Puts calls that began at `end` or later back: older releases made the id a moment before they read the clock."""
    late = f"FROM {calls} WHERE started_at >= %s"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO llm_call SELECT * {late}", [end])
        if cursor.rowcount:
            of_late = f"SELECT * FROM {attempts} WHERE call_id IN (SELECT id {late})"  # noqa: S608  the same
            cursor.execute(f"INSERT INTO llm_attempt {of_late}", [end])


def _left_over() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(LEFT_OVER)
        return [name for (name,) in cursor.fetchall()]


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
