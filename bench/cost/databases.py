"""The databases of a run: a SQLite file of its own, and a PostgreSQL database of its own where one answers."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
SERVER = os.environ.get("BENCH_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
CONNECT_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    name: str
    url: str


@contextmanager
def sqlite() -> Iterator[Database]:
    """A file in a folder of its own, removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield Database(name=SQLITE, url=f"sqlite:///{folder}/bench.sqlite3")


@contextmanager
def postgresql() -> Iterator[Database | None]:
    """A new database, dropped at the end. None where no server answers at `SERVER` (variable BENCH_POSTGRESQL)."""
    name = f"bench_{secrets.token_hex(4)}"
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=CONNECT_S)
    except psycopg.OperationalError:
        yield None
        return
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield Database(name=POSTGRESQL, url=f"{SERVER.rsplit('/', 1)[0]}/{name}")
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
