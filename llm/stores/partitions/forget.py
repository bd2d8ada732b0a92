"""Drops whole weeks that are over, and returns their disk. Their sums are closed in the same transaction."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection

from llm.stores.partitions.catalog import TABLES, is_partitioned, ranges
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
        dropped += with_short_locks(lambda end=end: _detach(end))  # type: ignore[misc]
        if progress is not None:
            progress(dropped)
    for name in _left_over():
        with_short_locks(lambda name=name: _drop(name))  # type: ignore[misc]
    return dropped


def _detach(end: datetime) -> int:
    """Closes the hours before `end` and takes the partitions that end there out of their tables."""
    calls = 0
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE")
        rollup.close_hours(end)
        for table in TABLES:
            for part in ranges(table):
                if part.end == end:
                    calls += _take_out(table, part.name)
        calls += rollup.delete_calls_before(end)
        _put_back(end)
    return calls


def _take_out(table: str, name: str) -> int:
    with connection.cursor() as cursor:
        rows = 0
        if table == "llm_call":
            cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608  our names
            rows = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {name}")
        cursor.execute(f"ALTER TABLE {name} RENAME TO {name}{DROPPED}")
    return rows


def _put_back(end: datetime) -> None:
    """Puts calls that began at `end` or later back: an older release made ids a moment before it looked at the clock."""
    with connection.cursor() as cursor:
        for name in _left_over():
            if name.startswith("llm_call_"):
                cursor.execute(f"INSERT INTO llm_call SELECT * FROM {name} WHERE started_at >= %s", [end])  # noqa: S608
        for name in _left_over():
            if name.startswith("llm_attempt_"):
                late = "SELECT id FROM llm_call WHERE started_at >= %s AND id < %s"
                cursor.execute(
                    f"INSERT INTO llm_attempt SELECT * FROM {name} WHERE call_id IN ({late})",  # noqa: S608
                    [end, _border(end)],
                )


def _border(end: datetime) -> str:
    from llm.ids import smallest

    return str(smallest(end))


def _left_over() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(LEFT_OVER)
        return [name for (name,) in cursor.fetchall()]


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
