"""How far the sums reach, and one consistent view of sums, marks and rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from llm.conf import llm_settings
from llm.core.usage.periods import Known
from llm.models import UsageState
from llm.stores.usage import marks

GROUPING = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"
"""Has PostgreSQL group by hashing. With its usual 4 MB it sorts all rows by their texts, which takes twice as long."""


def locked() -> UsageState:
    """The state's row, locked until the transaction ends: one process at a time changes sums."""
    UsageState.objects.get_or_create(pk=1)
    return UsageState.objects.select_for_update().get(pk=1)


def own_zone() -> ZoneInfo:
    """The zone whose days are summed: LLM_TIME_ZONE."""
    return ZoneInfo(llm_settings().time_zone)


def known(*, with_days: bool = True) -> Known:
    """Which sums may be read; without days those of hours only. Two or three queries."""
    state = UsageState.objects.filter(pk=1).first()
    if state is None or state.rolled_until is None:
        return Known()
    zone = own_zone()
    return Known(
        first_hour=state.first_hour,
        rolled_until=state.rolled_until,
        closed_until=state.closed_until,
        stale=frozenset(marks.stale_hours()),
        stale_days=frozenset(marks.stale_days() if with_days else ()),
        zone=zone if with_days and state.zone == zone.key else None,
    )


@contextmanager
def snapshot() -> Iterator[None]:
    """All queries of the block see the database as at its first one, so that no call counts twice or not at all."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; {GROUPING}")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")  # not Django's: its transactions take SQLite's only lock for writing
            try:
                yield
            finally:
                cursor.execute("COMMIT")
