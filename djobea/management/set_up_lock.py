"""Lets one process at a time set up a database: create its tables, its first rows, its admin user."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from llm.private_files import make_private, make_private_folder

WAIT_S = 120.0
POLL_S = 0.2
SAY_EVERY_S = 10.0

ADVISORY_LOCK = 0x646A_6F62_6561
"""The lock's number in PostgreSQL, which knows advisory locks by database and number: "djobea" as bytes."""

TryLock = Callable[[], bool]


class SetUpBusy(Exception):
    """Another process did not finish in time. The message says what to do."""


@contextmanager
def set_up_lock(say: Callable[[str], None], *, alias: str = DEFAULT_DB_ALIAS, wait_s: float = WAIT_S) -> Iterator[None]:
    """Waits, at most `wait_s`, until no other process sets up the database; then holds the lock.

    The caller looks at the database again: the other process may have done everything. The lock ends with the block, or
    with this process. Raises SetUpBusy, ImproperlyConfigured for a lock file that cannot be made, and database errors.
    """
    with _lock_of(connections[alias]) as try_lock:
        begun = time.monotonic()
        next_line = begun
        while not try_lock():
            now = time.monotonic()
            if now - begun >= wait_s:
                raise SetUpBusy(
                    f"Another process has been setting up this database for {wait_s:.0f} s. "
                    "End it, or wait for it, and start again."
                )
            if now >= next_line:
                waited = f"{now - begun:.0f} of {wait_s:.0f} s"
                say(f"Another process is setting up this database; waiting for it ({waited}).")
                next_line = now + SAY_EVERY_S
            time.sleep(POLL_S)
        yield


def _lock_of(connection: BaseDatabaseWrapper) -> AbstractContextManager[TryLock]:
    if connection.vendor == "postgresql":
        return _advisory_lock(connection)
    name = str(connection.settings_dict["NAME"])
    if name == ":memory:" or "mode=memory" in name:
        return nullcontext(lambda: True)  # nobody else sees such a database
    return _file_lock(Path(f"{name}.setup-lock"))


@contextmanager
def _file_lock(path: Path) -> Iterator[TryLock]:
    """A lock on a file beside the database. The file stays: who deletes it may delete one that another has opened."""
    try:
        if not path.parent.exists():
            make_private_folder(path.parent)
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a")
        make_private(path)
    except OSError as error:
        raise ImproperlyConfigured(f"The file {path} cannot be made: {error.strerror}.") from None

    def try_lock() -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    with file:
        yield try_lock


@contextmanager
def _advisory_lock(connection: BaseDatabaseWrapper) -> Iterator[TryLock]:
    """A lock of the server, in a transaction of its own: so it also works behind a pool of connections."""
    own = connection.copy()

    def try_lock() -> bool:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            return bool(cursor.fetchone()[0])

    try:
        own.set_autocommit(False)
        try:
            yield try_lock
        finally:
            own.rollback()
    finally:
        own.close()
