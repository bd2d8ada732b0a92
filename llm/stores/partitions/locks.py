"""Changes of tables that others use: each waits for its locks a moment at most, then makes room and tries again.

Whoever waits for a table's lock makes all that come later wait behind it.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction

log = structlog.get_logger(__name__)

T = TypeVar("T")

WAIT_MS = 1500
"""How long a lock is waited for. Longer than PostgreSQL's deadlock_timeout (1 s), when it ends an autovacuum for us."""
TRIES = 20
PAUSE_S = 0.5
LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"


def with_short_locks(change: Callable[[], T], *, tries: int = TRIES) -> T:
    """Runs the change in a transaction, again after a pause when a lock was not to be had.

    Raises OperationalError when `tries` did not suffice, and for other failures.
    """
    for number in range(1, tries + 1):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
                return change()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in (LOCK_NOT_AVAILABLE, DEADLOCK) or number == tries:
                raise
            log.info("partition_lock_busy", number=number)
            time.sleep(PAUSE_S)
    raise AssertionError("the loop returns or raises")
