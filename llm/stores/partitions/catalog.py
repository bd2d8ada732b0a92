"""Reads from PostgreSQL's catalog how the tables are partitioned."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from llm.ids import moment

TABLES = ("llm_attempt", "llm_call")
"""In the order in which they are changed: a call without its attempts says less wrong than the other way."""

PARTITIONS = """
    SELECT child.relname, pg_get_expr(child.relpartbound, child.oid)
    FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = to_regclass(%s)
"""
RANGE = re.compile(r"FOR VALUES FROM \((?:MINVALUE|'([0-9a-f-]+)')\) TO \('([0-9a-f-]+)'\)")
LOWEST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A table that holds the rows with `first_id` <= id < `end_id`."""

    name: str
    first_id: UUID
    end_id: UUID

    @property
    def end(self) -> datetime:
        return moment(self.end_id)


def is_partitioned(table: str) -> bool:
    """False on SQLite, and before `llm_partition` has converted a table."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", [table])
        row = cursor.fetchone()
    return row is not None and row[0]


def ranges(table: str) -> list[Partition]:
    """The table's partitions by time, without the one for any other row."""
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS, [table])
        found = [(name, RANGE.fullmatch(bound)) for name, bound in cursor.fetchall()]
    partitions = [
        Partition(name=name, first_id=UUID(match[1]) if match[1] else LOWEST, end_id=UUID(match[2]))
        for name, match in found
        if match is not None
    ]
    return sorted(partitions, key=lambda partition: partition.end_id)


def default_of(table: str) -> str:
    """The name of the partition for rows of no week that has one."""
    return f"{table}_default"
