"""The call log of this process: the port `CallLog` over a journal on disk and one writer thread.

A record is on disk when `write` returns, and in the database when its awaitable returns True. While the disk fails,
the caller waits for the database; `durability` says what holds now. All event loops and threads of a process
may use it, and so may the children of a fork.
"""

import asyncio
import atexit
import os
import threading
import time
import weakref
from collections.abc import Awaitable, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from pathlib import Path

from llm.conf import llm_settings
from llm.core.calls import Attempt, CallInfo, CallRecord, CallStatus, Durability, Hold, Trail
from llm.stores.calls import recovery
from llm.stores.calls.journal import Journal
from llm.stores.calls.tickets import Ticket, async_ticket, thread_ticket
from llm.stores.calls.writer import Writer

WAIT_S = 0.0
"""How long an answer waits until the database has its record, when the journal has it: not at all."""
UNJOURNALLED_WAIT_S = 5.0
"""How long it waits when the journal cannot hold the record. A database that is known to be away ends the wait."""
BEGIN_WAIT_S = 1.0
"""How long a vendor's call waits until the database holds its beginning, when the journal cannot."""
CAPACITY = 10_000
"""The most records in memory; further ones wait in the journal."""
EXIT_S = 5.0
"""How long the process waits at exit for the last records."""


class DatabaseCallLog:
    """Records calls; implements `llm.gateway.ports.CallLog`. Each instance has a thread, so a process needs one.

    With `wait_s`, an answer waits as long at most for the database to have its record; the writer then hurries.
    """

    def __init__(self, *, wait_s: float = WAIT_S, capacity: int = CAPACITY) -> None:
        self.wait_s = wait_s
        self._capacity = capacity
        self._new_process()
        reference = weakref.ref(self)  # both registrations are permanent

        def after_fork() -> None:
            if log := reference():
                log._journal.abandon()
                log._new_process()

        def at_exit() -> None:
            if log := reference():
                log.stop()

        os.register_at_fork(after_in_child=after_fork)
        atexit.register(at_exit)

    def _new_process(self) -> None:
        self._lock = threading.Lock()
        self._writer: Writer | None = None
        self._journal = Journal(_directory)

    def start(self) -> None:
        """Starts the writer, which first recovers the calls of dead processes. The first record starts it too."""
        self._running()

    async def begin(self, call: CallInfo, attempt: Attempt, earlier: Sequence[Attempt] = ()) -> None:
        """Writes to disk that `attempt` is about to start, without prompt or answer.

        While the disk fails, the database gets the call as interrupted, with its `earlier` attempts; waits for that
        for at most BEGIN_WAIT_S. The finished record replaces it.
        """
        writer = self._running()
        if self._journal.begin(call, attempt):
            return
        interrupted = CallRecord(call=call, status=CallStatus.INTERRUPTED, trail=Trail(attempts=(*earlier, attempt)))
        ticket = async_ticket(interrupted, BEGIN_WAIT_S)
        writer.put(ticket, journalled=False)
        assert ticket.answer is not None  # noqa: S101  by construction
        await ticket.answer

    def write(self, record: CallRecord) -> Awaitable[bool]:
        """Journals and queues the record; the awaitable returns after at most `wait_s` seconds.

        After UNJOURNALLED_WAIT_S when the disk fails. True: the database has it. False: it will be written later.
        Without a wait the journal holds it, and the database follows within some 0.1 s.
        Needs a running event loop. Removes prompt and answer unless LLM_KEEP_CONTENT is set: here, so that no caller
        can put them on disk.
        """
        record = _without_content(record)
        journalled = self._journal.finish(record)
        bound_s = self._bound_s(journalled)
        if bound_s == 0:
            self._running().put(Ticket(record=record), journalled=journalled)
            return _answered(stored=False)
        ticket = async_ticket(record, bound_s)
        self._running().put(ticket, journalled=journalled)
        assert ticket.answer is not None  # noqa: S101  by construction
        return ticket.answer

    def write_sync(self, record: CallRecord) -> bool:
        """Does the same in a thread without a running loop. Blocks for as long at most."""
        record = _without_content(record)
        journalled = self._journal.finish(record)
        bound_s = self._bound_s(journalled)
        ticket = thread_ticket(record) if bound_s else Ticket(record=record)
        self._running().put(ticket, journalled=journalled)
        if ticket.thread_answer is None:
            return False
        try:
            return ticket.thread_answer.result(bound_s)
        except FutureTimeoutError:
            return False

    def _bound_s(self, journalled: bool) -> float:
        return self.wait_s if journalled else max(self.wait_s, UNJOURNALLED_WAIT_S)

    def durability(self) -> Durability:
        """What a kill of this process would cost now. Asks the journal's disk for room."""
        fault = self._journal.fault()
        records = self._writer.memory_only if self._writer else 0
        if not fault:
            return Durability()
        hold = Hold.DATABASE if self.healthy() else Hold.MEMORY
        return Durability(hold=hold, fault=fault, memory_only=records)

    def backlog(self) -> int:
        """The number of records not yet in the database."""
        return self._writer.backlog if self._writer else 0

    def healthy(self) -> bool:
        """Whether the writer's last attempt reached the database. True before the first record."""
        return self._writer.healthy if self._writer else True

    def flush(self, timeout_s: float = EXIT_S) -> bool:
        """Blocks until the database has all records; False after `timeout_s` seconds."""
        end = time.monotonic() + timeout_s
        while self.backlog():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def stop(self, timeout_s: float = EXIT_S) -> bool:
        """Writes the queued records and ends the thread. False when records stay for recovery.

        Blocks for at most `timeout_s` seconds. The next record starts a new thread.
        """
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is None:
            return True
        ended = writer.stop(timeout_s)
        if ended:
            self._journal.close()
        return ended and writer.backlog == 0

    def _running(self) -> Writer:
        writer = self._writer
        if writer is not None:
            return writer
        with self._lock:
            if self._writer is None:
                self._writer = Writer(self._journal, _directory, self._capacity)
                self._writer.start()
            return self._writer


def recover() -> recovery.Recovered:
    """Writes the records of dead processes to the database, in the calling thread."""
    return recovery.recover(_directory())


def _without_content(record: CallRecord) -> CallRecord:
    if not (record.prompt or record.answer) or llm_settings().keep_content:
        return record
    return replace(record, prompt="", answer="")


def _answered(*, stored: bool) -> "asyncio.Future[bool]":
    answer = asyncio.get_running_loop().create_future()
    answer.set_result(stored)
    return answer


def _directory() -> Path:
    return llm_settings().journal_dir
