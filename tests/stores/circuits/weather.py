"""Bad weather for the tables of the gateway's state: they hang, or are gone, for the length of a block."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from tests.databases import SERVER


@contextmanager
def hanging(table: str) -> Iterator[None]:
    """Somebody else holds the lock: every writer waits, on PostgreSQL every reader too."""
    other: sqlite3.Connection | psycopg.Connection
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
    else:
        other = psycopg.connect(SERVER, dbname=connection.settings_dict["NAME"])
        other.execute(f"LOCK TABLE {table}")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def gone(table: str) -> Iterator[None]:
    """Every statement on the table fails."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def kill_connections() -> None:
    """PostgreSQL only: the server ends every connection to the test's database but keeps running."""
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [connection.settings_dict["NAME"]],
        )
