"""A journal on a full disk: the database holds each record before its answer goes out; memory only when both fail."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from llm.core.calls import Durability, Hold, Outcome
from llm.models import Attempt, Call
from llm.stores.calls.log import DatabaseCallLog, recover
from tests.disks import SmallDisk, small_disk
from tests.log_lines import events_of
from tests.stores.calls.records import a_call, a_record, an_attempt
from tests.stores.calls.test_log_outages import refusing_database, stored
from tests.waiting import eventually

__all__ = ["small_disk"]

FULL = "No space left on device"


@pytest.fixture
def log(database: str, settings: Any, small_disk: SmallDisk) -> Iterator[DatabaseCallLog]:
    """A call log that waits for no record which its journal holds, on a disk that is full."""
    settings.LLM = {**settings.LLM, "JOURNAL_DIR": str(small_disk.path / "journal")}
    call_log = DatabaseCallLog(wait_s=0.001)
    assert call_log.durability() == Durability()
    small_disk.fill()
    yield call_log
    call_log.stop()


def test_beginning_and_end_are_in_the_database_before_the_caller_goes_on(
    log: DatabaseCallLog, small_disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    call = a_call()
    first, second = an_attempt(outcome=Outcome.FAILED), an_attempt(seq=2, outcome=Outcome.INTERRUPTED)
    asyncio.run(log.begin(call, second, (first,)))
    row = Call.objects.get(pk=call.id)
    assert (row.status, row.attempts_made) == ("interrupted", 2)
    assert log.write_sync(a_record(call=call, attempts=(first, an_attempt(seq=2))))
    assert Call.objects.get(pk=call.id).status == "ok"
    assert list(Attempt.objects.order_by("seq").values_list("outcome", flat=True)) == ["failed", "ok"]

    async def at_once() -> list[bool]:
        return await asyncio.gather(*(log.write(a_record()) for _ in range(50)))

    assert all(asyncio.run(at_once()))
    assert Call.objects.count() == 51
    assert log.durability() == Durability(hold=Hold.DATABASE, fault=FULL)
    small_disk.make_room()
    assert log.durability() == Durability()
    assert events_of(caplog, "llm.stores.calls") == ["journal_not_writable", "journal_writable_again"]


def test_with_the_database_away_too_memory_holds_records_until_either_is_back(
    log: DatabaseCallLog, small_disk: SmallDisk
) -> None:
    assert log.write_sync(a_record())
    early, late = [a_record() for _ in range(3)], a_record()
    with refusing_database():
        assert not any(log.write_sync(record) for record in early)
        assert eventually(lambda: log.durability() == Durability(hold=Hold.MEMORY, fault=FULL, memory_only=3))
        small_disk.make_room()
        assert eventually(lambda: log.durability() == Durability() and log._writer.memory_only == 0)
        log._journal.abandon()  # as the kernel does at a kill
        assert not log.write_sync(late)
    assert recover().finished == 3
    assert stored(*early)
    assert log.flush(20)
    assert stored(late)
    assert Call.objects.count() == 5


def test_a_process_that_ends_while_both_fail_names_the_records_it_loses(
    log: DatabaseCallLog, small_disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    assert log.write_sync(a_record())
    record = a_record()
    with refusing_database():
        assert not log.write_sync(record)
        assert not log.stop()
    lost = [line.msg["call_id"] for line in caplog.records if line.msg["event"] == "call_record_lost"]
    assert lost == [record.call.id]
