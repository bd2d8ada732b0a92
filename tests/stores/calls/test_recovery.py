"""The next start writes the journal of a killed process to the database, each call once."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from llm.core.calls import Outcome
from llm.models import Attempt, Call
from llm.stores.calls import recovery
from llm.stores.calls import rows as call_rows
from llm.stores.calls.journal import Journal
from llm.stores.calls.log import DatabaseCallLog, recover
from llm.stores.calls.recovery import Recovered
from tests.stores.calls.records import a_call, a_record, an_attempt
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
VICTIM = """
import asyncio, sys, time
import django
django.setup()
from llm.core.calls import Outcome
from llm.stores.calls.log import DatabaseCallLog
from tests.stores.calls.records import a_call, a_record, an_attempt

log = DatabaseCallLog()
call = a_call()
asyncio.run(log.begin(call, an_attempt(outcome=Outcome.INTERRUPTED)))
if sys.argv[1] == "written":
    log.write_sync(a_record(call=call))
print(call.id, flush=True)
time.sleep(600)
"""


def killed_after(step: str, journal_dir: Path) -> str:
    """The id of a call of a process that is killed with -9 after `step`; its database is out of reach."""
    env = {
        **os.environ,
        "LLM_JOURNAL_DIR": str(journal_dir),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "djobea.settings"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-c", VICTIM, step]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE) as victim:  # noqa: S603  our own
        try:
            call_id = victim.stdout.readline().decode().strip()
            assert recovery.recover(journal_dir) == Recovered()  # the process lives, so its journal is locked
        finally:
            victim.send_signal(signal.SIGKILL)
    assert call_id
    return call_id


def orphan(directory: Path, fill) -> Path:
    """The journal of a process that died after `fill`."""
    journal = Journal(lambda: directory)
    fill(journal)
    journal.close()
    [path] = directory.glob("*.jsonl")
    return path


def test_a_process_killed_between_begin_and_write_leaves_an_interrupted_call(database, journal_dir):
    call_id = killed_after("begun", journal_dir)
    log = DatabaseCallLog()
    log.start()
    assert eventually(lambda: Call.objects.filter(pk=call_id, status="interrupted").exists())
    [attempt] = Attempt.objects.filter(call=call_id)
    assert (attempt.outcome, attempt.provider, attempt.cost_usd is None) == ("interrupted", "claude", False)
    assert log.stop()
    assert list(journal_dir.iterdir()) == []


def test_a_process_killed_before_the_commit_leaves_the_whole_call(database, journal_dir):
    call_id = killed_after("written", journal_dir)
    assert recover() == Recovered(finished=1)
    call = Call.objects.get(pk=call_id)
    assert (call.status, call.attempts_made, call.input_tokens) == ("ok", 1, 100)
    assert Attempt.objects.get(call=call_id).outcome == "ok"
    assert recover() == Recovered()


def test_a_torn_last_line_is_skipped(database, journal_dir):
    whole, torn = a_record(), a_record()
    path = orphan(journal_dir, lambda journal: (journal.finish(whole), journal.finish(torn)))
    path.write_bytes(path.read_bytes()[:-30])
    assert recover() == Recovered(finished=1)
    assert [str(call.pk) for call in Call.objects.all()] == [whole.call.id]
    assert not path.exists()


def test_what_the_database_already_had_is_not_written_again(database, journal_dir):
    stored, unmarked, new = a_record(), a_record(), a_record()

    def fill(journal: Journal) -> None:
        for record in (stored, unmarked, new):
            journal.finish(record)
        journal.written([stored.call.id])

    orphan(journal_dir, fill)
    recovery._store([unmarked], journal_dir)  # committed; the process died before it wrote the journal's line
    assert recover() == Recovered(finished=2)
    assert {str(call.pk) for call in Call.objects.all()} == {unmarked.call.id, new.call.id}
    assert Attempt.objects.count() == 2


def test_an_interrupted_call_keeps_all_its_begun_attempts(database, journal_dir):
    call = a_call()
    begun = [an_attempt(seq=seq, outcome=Outcome.OK) for seq in (1, 2)]
    orphan(journal_dir, lambda journal: [journal.begin(call, attempt) for attempt in begun])
    assert recover() == Recovered(interrupted=1)
    assert list(Attempt.objects.values_list("seq", "outcome")) == [(1, "interrupted"), (2, "interrupted")]


def test_an_interruption_never_overwrites_a_stored_record(database, journal_dir):
    record = a_record()
    recovery._store([record], journal_dir)
    orphan(journal_dir, lambda journal: journal.begin(record.call, an_attempt()))
    recover()
    assert Call.objects.get(pk=record.call.id).status == "ok"


def test_two_recoveries_at_once_write_each_call_once(database, journal_dir):
    records = [a_record() for _ in range(500)]
    orphan(journal_dir, lambda journal: [journal.finish(record) for record in records])

    def recover_once(_: int) -> Recovered:
        try:
            return recover()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sums = sum(pool.map(recover_once, range(2)), Recovered())
    assert sums == Recovered(finished=500)
    assert (Call.objects.count(), Attempt.objects.count()) == (500, 500)


def test_an_orphan_stays_while_the_database_is_unavailable(database, journal_dir, monkeypatch):
    record = a_record()
    path = orphan(journal_dir, lambda journal: journal.finish(record))

    def unavailable(records) -> None:
        raise ConnectionError

    monkeypatch.setattr(call_rows, "insert", unavailable)
    with pytest.raises(ConnectionError):
        recover()
    monkeypatch.undo()
    assert path.exists()
    assert recover() == Recovered(finished=1)


def test_lines_that_are_no_records_are_set_aside(database, journal_dir):
    good = a_record()
    path = orphan(journal_dir, lambda journal: journal.finish(good))
    with path.open("a") as file:
        file.write('{"t": "done", "record": {"call": 7}}\n{"t": "begin"}\n[1]\n')
    assert recover() == Recovered(finished=1)
    assert len((journal_dir / "rejected.jsonl").read_text().splitlines()) == 2


def test_a_record_of_an_orphan_that_the_database_refuses_is_set_aside(database, journal_dir):
    good, bad = a_record(), a_record()
    bad = replace(bad, call=replace(bad.call, caller=replace(bad.call.caller, user_id=2**70)))
    orphan(journal_dir, lambda journal: (journal.finish(bad), journal.finish(good)))
    recover()
    assert [str(call.pk) for call in Call.objects.all()] == [good.call.id]
    assert len((journal_dir / "rejected.jsonl").read_text().splitlines()) == 1
