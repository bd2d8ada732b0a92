"""`llm_partition` as operators run it: a dry run, the conversion, its repetition, and what keeps it from working."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from llm.models import Call
from llm.stores.calls import rows as call_rows
from llm.stores.partitions.catalog import TABLES, is_partitioned
from tests.commands.running import Run
from tests.stores.calls.records import a_call, a_record, an_attempt
from tests.stores.partitions.conftest import plain_tables, postgresql, template

__all__ = ["plain_tables", "postgresql", "template"]

DAYS = 30


@pytest.fixture
def old_log(plain_tables: None) -> None:
    """Plain tables with a call of each of the last days, whose attempts' ids tell no time."""
    moments = [timezone.now() - timedelta(days=day) for day in range(DAYS)]
    call_rows.insert([a_record(call=a_call(started_at=at), attempts=(an_attempt(),)) for at in moments])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE llm_attempt SET id = gen_random_uuid()")


def test_a_dry_run_tells_the_steps_and_changes_nothing(old_log: None, run: Run) -> None:
    told = run("llm_partition", "--dry-run")

    assert told.code == 0
    assert f"would do: llm_attempt: attempts get ids that bear their call's time ({DAYS})" in told.out
    assert not any(map(is_partitioned, TABLES))


def test_it_converts_and_says_so_step_by_step(old_log: None, run: Run) -> None:
    done = run("llm_partition")

    lines = done.out.splitlines()
    assert done.code == 0
    assert "llm_call: partitioned; the old table is its first partition" in lines
    assert "Done." in lines
    assert all(map(is_partitioned, TABLES))
    assert Call.objects.count() == DAYS
    assert "Both tables are partitioned: nothing to convert." in run("llm_partition", "--dry-run").out


def test_programs_read_the_steps_and_the_tables(old_log: None, run: Run) -> None:
    done = json.loads(run("llm_partition", "--json").out)

    steps = [(step["action"], step["table"]) for step in done["steps"]]
    assert steps[0] == ("rewrite_ids", "llm_attempt")
    assert steps[-1] == ("make_ahead", "")
    assert {table["name"] for table in done["tables"]} == set(TABLES)
    assert all(table["partitioned"] and table["partitions"] for table in done["tables"])


def test_what_an_operator_must_mend_is_one_line_and_exit_code_2(old_log: None, run: Run) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW spend AS SELECT cost_usd FROM llm_call")

    refused = run("llm_partition")

    assert (refused.code, refused.err) == (2, "llm_call has views, triggers or foreign keys of others: spend.")
    assert not any(map(is_partitioned, TABLES))


@pytest.mark.django_db
def test_sqlite_has_nothing_to_convert(run: Run) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this run's own database is PostgreSQL")
    assert run("llm_partition").out.strip() == "SQLite has one table: nothing to convert."
