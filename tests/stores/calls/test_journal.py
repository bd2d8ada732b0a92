"""The journal's file: its lines, its trimming, and calls that continue when the disk fails."""

import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from llm.stores.calls import journal as journal_module
from llm.stores.calls.journal import Journal
from tests.log_lines import events_of
from tests.stores.calls.records import a_call, a_record, an_attempt


@pytest.fixture
def journal(tmp_path):
    journal = Journal(lambda: tmp_path / "journal")
    yield journal
    journal.close()


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "journal").glob("*"))


def lines(tmp_path: Path) -> list[dict]:
    [path] = files(tmp_path)
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_nothing_is_opened_before_the_first_line(journal, tmp_path):
    assert files(tmp_path) == []


def test_a_call_leaves_a_line_when_it_begins_when_it_ends_and_when_it_is_stored(journal, tmp_path):
    record = a_record()
    journal.begin(record.call, an_attempt())
    assert journal.finish(record)
    journal.written([record.call.id])
    assert [line["t"] for line in lines(tmp_path)] == ["begin", "done", "written"]


def test_only_its_owner_may_read_it(journal, tmp_path):
    journal.begin(a_call(), an_attempt())
    [path] = files(tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_its_lock_is_held_while_the_process_lives(journal, tmp_path):
    journal.begin(a_call(), an_attempt())
    [path] = files(tmp_path)
    with path.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_finished_record_can_be_read_back_among_others(journal):
    records = [a_record(answer="é" * n) for n in range(20)]
    for record in records:
        journal.begin(record.call, an_attempt())
        journal.finish(record)
    assert [journal.read(record.call.id) for record in records] == records
    assert journal.read("unknown") is None


def test_many_threads_may_write_at_once(journal):
    records = [a_record() for _ in range(200)]
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(journal.finish, records))
    assert [journal.read(record.call.id) for record in records] == records


def test_a_large_file_is_emptied_when_the_database_has_all_calls(journal, tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "TRIM_AT_BYTES", 1_000)
    records = [a_record() for _ in range(20)]
    for record in records:
        journal.finish(record)
    journal.written(record.call.id for record in records)
    assert lines(tmp_path) == []
    assert journal.finish(records[0])
    assert journal.read(records[0].call.id) == records[0]


def test_a_large_file_keeps_only_the_open_calls(journal, tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "TRIM_AT_BYTES", 1_000)
    open_record, under_way = a_record(), a_call()
    journal.begin(under_way, an_attempt())
    journal.finish(open_record)
    stored = [a_record() for _ in range(20)]
    for record in stored:
        journal.finish(record)
    journal.written(record.call.id for record in stored)
    assert [line["t"] for line in lines(tmp_path)] == ["begin", "done"]
    assert journal.read(open_record.call.id) == open_record
    [path] = files(tmp_path)
    with path.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_closing_deletes_the_file_only_when_the_database_has_all(tmp_path):
    done, undone = (Journal(lambda name=name: tmp_path / name) for name in ("done", "undone"))
    record = a_record()
    for journal in (done, undone):
        journal.finish(record)
    done.written([record.call.id])
    done.close()
    undone.close()
    assert list((tmp_path / "done").iterdir()) == []
    assert len(list((tmp_path / "undone").iterdir())) == 1


def test_a_disk_that_fails_stops_no_call_and_is_logged_once(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    journal = Journal(lambda: tmp_path / "file" / "journal")
    journal.begin(a_call(), an_attempt())
    assert not journal.finish(a_record())
    assert not journal.finish(a_record())
    assert events_of(caplog, "llm.stores.calls") == ["journal_not_writable"]


def test_a_full_disk_tears_a_line_but_not_the_next_one(journal, tmp_path, monkeypatch):
    first, torn, last = (a_record() for _ in range(3))
    journal.finish(first)
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real_write(fd, data[:40]))
    assert not journal.finish(torn)
    monkeypatch.undo()
    assert journal.finish(last)
    assert journal.read(first.call.id) == first
    assert journal.read(torn.call.id) is None
    assert journal.read(last.call.id) == last


def test_a_trim_after_a_torn_line_keeps_every_open_record_whole(journal, tmp_path, monkeypatch):
    first, torn, *rest = (a_record() for _ in range(6))
    journal.finish(first)
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real_write(fd, data[:40]))
    assert not journal.finish(torn)
    monkeypatch.undo()
    for record in rest:
        assert journal.finish(record)
    monkeypatch.setattr(journal_module, "TRIM_AT_BYTES", 0)
    journal.written([first.call.id, *(record.call.id for record in rest[2:])])
    after_torn, next_one = rest[:2]
    assert [line["record"]["call"]["id"] for line in lines(tmp_path)] == [after_torn.call.id, next_one.call.id]
    assert [journal.read(record.call.id) for record in (after_torn, next_one)] == [after_torn, next_one]


def test_the_child_of_a_fork_closes_its_parents_file(journal, tmp_path):
    journal.begin(a_call(), an_attempt())
    child = os.fork()
    if child == 0:
        journal.abandon()
        journal.begin(a_call(), an_attempt())
        os._exit(0 if len(files(tmp_path)) == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
