"""Calls continue while the database hangs, fails or is unavailable; afterwards it has each record exactly once."""

import asyncio
import sqlite3
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from llm.models import Call
from llm.stores.calls.log import DatabaseCallLog
from tests.databases import SERVER
from tests.log_lines import events_of
from tests.stores.calls.records import a_record
from tests.waiting import eventually


@contextmanager
def refusing_database():
    """Renames the tables inside the block: every statement fails."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE llm_call RENAME TO llm_call_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE llm_call_away RENAME TO llm_call")


@contextmanager
def hanging_database():
    """Another connection holds the write lock inside the block: every statement waits."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
    else:
        other = psycopg.connect(SERVER, dbname=connection.settings_dict["NAME"])
        other.execute("LOCK TABLE llm_call")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def stored(*records) -> bool:
    return Call.objects.filter(pk__in=[record.call.id for record in records]).count() == len(records)


def test_while_the_database_hangs_no_call_waits_longer_than_the_bound(database, journal_dir):
    log = DatabaseCallLog()
    before = a_record()
    log.write_sync(before)
    assert log.flush(20)
    records = [a_record() for _ in range(50)]

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*(log.write(record) for record in records))

    with hanging_database():
        started = time.monotonic()
        assert not any(asyncio.run(all_of_them()))
        assert time.monotonic() - started < 10  # a statement itself would wait for 20 s on SQLite
        assert log.backlog() == 50
        assert eventually(lambda: not log.healthy(), within_s=5)
        late = a_record()
        assert not log.write_sync(late)
    assert log.flush(20)
    assert stored(before, late, *records)
    assert Call.objects.count() == 52
    assert log.healthy()
    assert log.stop()


def test_while_the_database_refuses_records_wait_and_are_written_once_it_is_back(log, caplog):
    assert log.write_sync(a_record())
    records = [a_record() for _ in range(5)]
    with refusing_database():
        assert not any(log.write_sync(record) for record in records)
        assert eventually(lambda: not log.healthy())
        assert log.backlog() == 5
    assert eventually(lambda: log.backlog() == 0)
    assert stored(*records)
    assert Call.objects.count() == 6
    assert log.healthy()
    assert events_of(caplog, "llm.stores.calls") == ["call_log_database_gone", "call_log_database_back"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_killed_connection_is_replaced_at_once(log):
    assert log.write_sync(a_record())
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [connection.settings_dict["NAME"]],
        )
    connection.close()
    record = a_record()
    log.write_sync(record)
    assert log.flush(20)
    assert eventually(lambda: stored_on_a_fresh_connection(record))


def stored_on_a_fresh_connection(record) -> bool:
    with psycopg.connect(SERVER, dbname=connection.settings_dict["NAME"]) as other:
        return other.execute("SELECT count(*) FROM llm_call WHERE id = %s", [record.call.id]).fetchone() == (1,)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_after_an_outage_of_two_seconds_the_database_has_each_record_once(log):
    assert log.write_sync(a_record())
    name = connection.settings_dict["NAME"]
    records = [a_record() for _ in range(20)]
    connection.close()
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            assert not any(log.write_sync(record) for record in records)
            assert eventually(lambda: not log.healthy())
            time.sleep(2)
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert log.flush(60)
    assert all(stored_on_a_fresh_connection(record) for record in records)


def test_when_the_queue_is_full_records_wait_in_the_journal(database, journal_dir):
    log = DatabaseCallLog(wait_s=20, capacity=3)
    assert log.write_sync(a_record())
    records = [a_record() for _ in range(30)]
    with refusing_database():
        assert not any(log.write_sync(record) for record in records)
        assert log.backlog() == 30
    assert log.flush(30)
    assert stored(*records)
    assert log.stop()


def test_only_a_full_queue_and_a_failing_disk_together_lose_a_record_and_log_it(database, settings, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    settings.LLM = {**settings.LLM, "JOURNAL_DIR": str(tmp_path / "file" / "journal")}
    log = DatabaseCallLog(wait_s=20, capacity=2)
    assert log.write_sync(a_record())
    with refusing_database():
        records = [a_record() for _ in range(10)]
        for record in records:
            assert not log.write_sync(record)
        lost = [line.msg["call_id"] for line in caplog.records if line.msg["event"] == "call_record_lost"]
        assert lost
    assert log.flush(20)
    kept = {str(pk) for pk in Call.objects.values_list("pk", flat=True)}
    assert all((record.call.id in kept) != (record.call.id in lost) for record in records)
    assert log.stop()


def test_an_answer_waits_for_no_database_while_the_journal_has_it(database, journal_dir):
    log = DatabaseCallLog()
    log.start()
    records = [a_record() for _ in range(20)]

    async def answered_without_a_turn_of_the_loop() -> list[bool]:
        return [log.write(record).done() for record in records]

    with hanging_database():
        assert all(asyncio.run(answered_without_a_turn_of_the_loop()))
        lines = b"".join(path.read_bytes() for path in journal_dir.iterdir())
        assert all(record.call.id.encode() in lines for record in records)
    assert log.flush(20)
    assert stored(*records)
    assert log.stop()
