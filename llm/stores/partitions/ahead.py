"""Makes the partitions of this week and the next ones, before rows need them."""

from datetime import datetime
from functools import partial

import structlog
from django.db import connection
from django.utils import timezone

from llm.stores.partitions.catalog import TABLES, default_of, is_partitioned, ranges
from llm.stores.partitions.locks import with_short_locks
from llm.stores.partitions.weeks import Week, weeks_from

log = structlog.get_logger(__name__)

AHEAD = 5
"""This week and the four after it: as long may the worker be away before a row lies in the partition for the rest."""
MOVED_AT_MOST = 50_000
"""Rows that move into a new partition under its lock, some seconds at most. With more, they stay in the default one."""
ONE_AT_A_TIME = 0x6C6C6D_07
"""Key of the advisory lock: two workers do not make the same partition."""


def make_ahead(now: datetime | None = None) -> int:
    """Makes what is missing, of both tables; returns how many. 0 on SQLite and for unpartitioned tables."""
    return make_weeks(now or timezone.now(), AHEAD)


def make_weeks(since: datetime, count: int) -> int:
    """The same for the week of `since` and those after it, `count` in all."""
    made = 0
    for table in filter(is_partitioned, TABLES):
        known = ranges(table)
        for week in weeks_from(since, count):
            if not any(part.first_id < week.end_id and week.first_id < part.end_id for part in known):
                made += with_short_locks(partial(_make, table, week))
    return made


def _make(table: str, week: Week) -> int:
    """Makes a week's table, moves into it what the default partition has of the week, and attaches it.

    Attached rather than made in place: so the parent stays open to readers and writers.
    """
    name, default = f"{table}_{week.name}", default_of(table)
    own = {"first": str(week.first_id), "end": str(week.end_id)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        if any(partition.first_id == week.first_id for partition in ranges(table)):
            return 0
        cursor.execute(f"LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE")
        of_week = f"FROM {default} WHERE id >= %(first)s AND id < %(end)s"
        cursor.execute(f"SELECT count(*) FROM (SELECT {of_week} LIMIT {MOVED_AT_MOST + 1}) AS part", own)  # noqa: S608  our names
        rows = cursor.fetchone()[0]
        if rows > MOVED_AT_MOST:
            log.warning("partition_not_made", table=name, reason="the default partition has too many rows of its week")
            return 0
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        if rows:
            cursor.execute(f"INSERT INTO {name} SELECT * {of_week}", own)
            cursor.execute(f"DELETE {of_week}", own)
        cursor.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{week.first_id}') TO ('{week.end_id}')"
        )
    return 1
