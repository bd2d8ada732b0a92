"""Rows written without Django's models are those that its models would have written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models

from llm.core.calls import CallRecord, Outcome, Skip, SkipReason
from llm.core.chat.response import Usage
from llm.core.failures.policy import ErrorClass, Failure
from llm.models import Attempt, Call
from llm.stores.calls import rows as call_rows
from llm.stores.calls.tables import AttemptRow, CallRow
from tests.stores.calls.records import NOON, a_call, a_record, an_attempt


def _rich() -> CallRecord:
    call = replace(a_call(consumer="Zoé"), stream=True, started_at=NOON.astimezone() + timedelta(microseconds=7))
    failure = Failure(error_class=ErrorClass.OVERLOADED, message='a "quote",\ta\\b\nc', http_status=529)
    attempts = (
        replace(an_attempt(outcome=Outcome.FAILED), failure=failure, first_token_s=0.25),
        an_attempt(seq=2, usage=Usage(input=7, output=3)),
    )
    skip = Skip(provider="é", reason=SkipReason.OPEN, until=datetime(2026, 1, 1, tzinfo=UTC))
    record = a_record(call=call, attempts=attempts, skips=(skip,), prompt="un\ndeux\t\\N", answer='{"a": 1}')
    return replace(record, dropped=("seed",), failure=failure, fallback=True, first_token_s=1 / 3)


def _raw(model: type[models.Model]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY started_at, id")  # noqa: S608  no caller's words
        return cursor.fetchall()


@pytest.mark.parametrize(("model", "row"), [(Call, CallRow), (Attempt, AttemptRow)])
def test_a_row_has_every_column_of_its_table(model: type[models.Model], row: Any) -> None:
    assert row._fields == tuple(field.column for field in model._meta.concrete_fields)


def test_what_is_in_the_tables_is_what_the_models_write(database: str) -> None:
    call_rows.insert([_rich(), a_record(attempts=())])
    written = _raw(Call), _raw(Attempt)
    for row in [*Call.objects.all(), *Attempt.objects.all()]:
        row.save(force_update=True)
    assert (_raw(Call), _raw(Attempt)) == written
    rich = Call.objects.get(consumer="Zoé")
    assert (rich.prompt, rich.answer, rich.dropped) == ("un\ndeux\t\\N", '{"a": 1}', ["seed"])
    assert rich.cost_usd is not None


def test_a_batch_with_rows_that_are_there_replaces_them_and_adds_the_others(database: str) -> None:
    known, new = _rich(), a_record()
    call_rows.insert([known])
    call_rows.insert([replace(known, answer="later"), new])
    assert Call.objects.count() == 2
    assert Attempt.objects.count() == 3
    assert Call.objects.get(consumer="Zoé").answer == "later"
