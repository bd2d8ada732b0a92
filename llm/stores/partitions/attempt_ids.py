"""Gives the attempts of releases before 0007_partitions the ids that bear their call's time, in batches."""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import connection

BATCH = 5000
NEW_ID = (
    "(left(call_id::text, 32) || lpad(to_hex(('x' || right(call_id::text, 4))::bit(16)::int # seq::int), 4, '0'))::uuid"
)
"""`llm.ids.attempt_id` in SQL."""
LAST_OF_BATCH = """
    SELECT call_id FROM (SELECT call_id FROM llm_attempt WHERE call_id > %s ORDER BY call_id LIMIT %s) AS batch
    ORDER BY call_id DESC LIMIT 1
"""
OLD = f"call_id > %s AND call_id <= %s AND id <> {NEW_ID}"
REWRITE = f"UPDATE llm_attempt SET id = {NEW_ID} WHERE {OLD}"  # noqa: S608  no caller's words
COUNT = f"SELECT count(*) FROM llm_attempt WHERE id <> {NEW_ID}"  # noqa: S608  the same


def rewrite(progress: Callable[[int], None]) -> int:
    """Rewrites all old ids, one transaction a batch; returns how many. A repetition goes on where a killed run was."""
    rewritten = 0
    for after, last in _batches():
        with connection.cursor() as cursor:
            cursor.execute(REWRITE, [after, last])
            rewritten += cursor.rowcount
        progress(rewritten)
    return rewritten


def old_ids() -> int:
    """How many attempts have an id of an earlier release. Reads all of them."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        return int(cursor.fetchone()[0])


def _batches() -> Iterator[tuple[UUID, UUID]]:
    after = UUID(int=0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(LAST_OF_BATCH, [after, BATCH])
            row = cursor.fetchone()
        if row is None:
            return
        yield after, row[0]
        after = row[0]
