"""The border of a populated table: the id below which all its rows lie, as a constraint that PostgreSQL has checked.

With it the table becomes one partition without being read under a lock.
"""

import re
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from llm.ids import moment
from llm.stores.partitions.catalog import TABLES, is_partitioned
from llm.stores.partitions.locks import with_short_locks
from llm.stores.partitions.weeks import Week, week_of

BORDER = "llm_partition_border"
ROOM = timedelta(days=14)
"""How far in the future the border lies at least: no row may be beyond it while the conversion runs."""
WITHDRAWN = timedelta(days=7)
"""A border this near is withdrawn, since nobody went on with the conversion: it would refuse rows one day."""
DEFINITION = """
    SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint
    WHERE conrelid = to_regclass(%s) AND conname = %s
"""


def border_week(now: datetime) -> Week:
    """The first week that gets a partition of its own."""
    return week_of(now + ROOM + timedelta(days=7))


def read_border(table: str) -> tuple[UUID, bool] | None:
    """The table's border and whether all rows are known to keep it; None without one."""
    with connection.cursor() as cursor:
        cursor.execute(DEFINITION, [table, BORDER])
        row = cursor.fetchone()
    match = row and re.search(r"id < '([0-9a-f-]{36})'", row[0])
    return (UUID(match[1]), row[1]) if match else None


def set_border(table: str, border: UUID) -> None:
    """Later rows must keep the border. Holds the table for a moment: rows that are there are not read."""
    with_short_locks(lambda: _run(f"ALTER TABLE {table} ADD CONSTRAINT {BORDER} CHECK (id < '{border}') NOT VALID"))


def check_border(table: str) -> None:
    """Reads all rows, beside readers and writers. Raises IntegrityError when a row is beyond."""
    with_short_locks(lambda: _run(f"ALTER TABLE {table} VALIDATE CONSTRAINT {BORDER}"))


def withdraw_border(table: str) -> None:
    with_short_locks(lambda: _run(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {BORDER}"))


def withdraw_late_border() -> None:
    """Removes the border that an abandoned conversion left when its time comes near."""
    if connection.vendor != "postgresql":
        return
    for table in TABLES:
        found = None if is_partitioned(table) else read_border(table)
        if found is not None and moment(found[0]) - timezone.now() < WITHDRAWN:
            withdraw_border(table)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
