"""Puts rows of calls and attempts into their tables: by COPY on PostgreSQL, by prepared statements on SQLite.

Rows go in without Django's models, which took half of the writer's CPU. `tests/stores/calls/` compares both.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import format_number

from llm.core.usage.periods import hour_of
from llm.models import Attempt, Call
from llm.stores.usage import marks


class CallRow(NamedTuple):
    """The columns of a call; `tags`, `skips` and `dropped` are JSON."""

    id: uuid.UUID
    request_id: str
    started_at: datetime
    route: str
    origin: str
    user_id: int | None
    key_id: str
    consumer: str
    team: str
    tags: str
    stream: bool
    status: str
    provider: str
    model: str
    error_class: str
    error_message: str
    attempts_made: int
    skips: str
    dropped: str
    resumed: bool
    fallback: bool
    failover_from: str
    failover_why: str
    elapsed_ms: float
    first_token_ms: float | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_written_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal | None
    unpriced_attempts: int
    prompt: str
    answer: str


class AttemptRow(NamedTuple):
    """The columns of an attempt; `units`, `reported` and `cost_parts` are JSON."""

    id: uuid.UUID
    call_id: uuid.UUID
    seq: int
    provider: str
    kind: str
    model: str
    answered_model: str
    outcome: str
    reason: str
    why: str
    started_at: datetime
    duration_ms: float
    first_token_ms: float | None
    error_class: str
    http_status: int | None
    vendor_code: str
    vendor_request_id: str
    message: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_written_tokens: int
    cache_written_1h_tokens: int
    reasoning_tokens: int
    input_audio_tokens: int
    output_audio_tokens: int
    input_image_tokens: int
    output_image_tokens: int
    units: str
    tier: str
    region: str
    reported: str | None
    estimated: bool
    malformed: int
    cost_usd: Decimal | None
    cost_parts: str | None
    saved_usd: Decimal | None
    price_version: str
    unpriced: bool


Rows = Sequence[CallRow] | Sequence[AttemptRow]


def put(calls: Sequence[CallRow], attempts: Sequence[AttemptRow]) -> None:
    """Writes all rows in one transaction, and marks their hours for the sums. A row that is there is replaced.

    PostgreSQL copies them, which wants new rows; all are written one by one when some are there.
    """
    if connection.vendor == "postgresql":
        try:
            with transaction.atomic():
                _copy(calls)
                _copy(attempts)
                _mark(calls)
            return
        except IntegrityError:
            pass  # a repetition, or a row that no column takes: `_upsert` tells
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _delete_attempts_by_other_ids(attempts)
        _upsert(calls)
        _upsert(attempts)
        _mark(calls)


def _delete_attempts_by_other_ids(attempts: Sequence[AttemptRow]) -> None:
    """Deletes what a release before 0007_partitions stored of the same attempts, unless `llm_partition` has run.

    The id is a function of call and seq; that release's function was another.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM llm_attempt WHERE call_id = %s AND seq = %s AND id <> %s",
            [(row.call_id, row.seq, row.id) for row in attempts],
        )


def _mark(calls: Sequence[CallRow]) -> None:
    marks.mark({hour_of(call.started_at) for call in calls})


def _copy(rows: Rows) -> None:
    if not rows:
        return
    statement = COPIES[type(rows[0])]
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _upsert(rows: Rows) -> None:
    # Updates conflicting rows: with DO NOTHING SQLite would also drop rows that break NOT NULL or a check.
    if not rows:
        return
    values: Iterable[Sequence[Any]] = rows if connection.vendor == "postgresql" else map(_for_sqlite, rows)
    with connection.cursor() as cursor:
        cursor.executemany(UPSERTS[type(rows[0])], list(values))


def _copying(table: str, columns: Sequence[str]) -> str:
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"


def _upserting(table: str, columns: Sequence[str]) -> str:
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    new = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name != "id")
    return f"INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {new}"  # noqa: S608  no caller's words


TABLES: dict[type, tuple[str, Sequence[str]]] = {
    CallRow: (Call._meta.db_table, CallRow._fields),
    AttemptRow: (Attempt._meta.db_table, AttemptRow._fields),
}
COPIES = {row: _copying(*table) for row, table in TABLES.items()}
UPSERTS = {row: _upserting(*table) for row, table in TABLES.items()}


def _for_sqlite(row: CallRow | AttemptRow) -> list[Any]:
    """The values as Django stores and reads them on SQLite."""
    return [IN_SQLITE[type(value)](value) if type(value) in IN_SQLITE else value for value in row]


IN_SQLITE: dict[type, Callable[[Any], Any]] = {
    uuid.UUID: lambda value: value.hex,
    datetime: lambda value: str(value.astimezone(UTC).replace(tzinfo=None)),
    Decimal: lambda value: format_number(value, 16, 9),
}
