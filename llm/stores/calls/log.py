"""The call log of this process: the port `CallLog` over a journal on disk and one writer thread.

A record is on disk before `write` returns, and in the database when awaiting it says True. Usable from
any number of event loops and threads, and in the children of a fork.
"""

import atexit
import os
import threading
import time
import weakref
from collections.abc import Awaitable
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import replace
from pathlib import Path

from llm.conf import llm_settings
from llm.core.calls import Attempt, CallInfo, CallRecord
from llm.stores.calls import recovery
from llm.stores.calls.journal import Journal
from llm.stores.calls.tickets import Ticket, async_ticket, thread_ticket
from llm.stores.calls.writer import Writer

WAIT_S = 0.25
"""How long an answer waits for its own record."""
CAPACITY = 10_000
"""Records in memory; more wait in the journal only."""
EXIT_S = 5.0
"""How long the end of the process waits for the last records."""


class DatabaseCallLog:
    """Records calls; see `llm.gateway.ports.CallLog`. One a process is enough: each has its own thread."""

    def __init__(self, *, wait_s: float = WAIT_S, capacity: int = CAPACITY) -> None:
        self._wait_s = wait_s
        self._capacity = capacity
        self._new_process()
        itself = weakref.ref(self)  # neither registration can be taken back

        def after_fork() -> None:
            if log := itself():
                log._journal.abandon()
                log._new_process()

        def at_exit() -> None:
            if log := itself():
                log.stop()

        os.register_at_fork(after_in_child=after_fork)
        atexit.register(at_exit)

    def _new_process(self) -> None:
        self._lock = threading.Lock()
        self._writer: Writer | None = None
        self._journal = Journal(_directory)

    def start(self) -> None:
        """Starts the writer, which first recovers what dead processes left. Else the first record does."""
        self._running()

    def begin(self, call: CallInfo, attempt: Attempt) -> None:
        """Notes on disk that `attempt` is about to be made, without prompt or answer."""
        self._running()
        self._journal.begin(call, attempt)

    def write(self, record: CallRecord) -> Awaitable[bool]:
        """Takes the record at once; awaiting tells whether the database has it, within `wait_s`.

        False means: it is kept and will be written. Needs a running event loop.
        """
        ticket = async_ticket(_kept(record), self._wait_s)
        self._take(ticket)
        assert ticket.answer is not None  # noqa: S101  by construction
        return ticket.answer

    def write_sync(self, record: CallRecord) -> bool:
        """The same from a thread without a running loop, waiting included."""
        ticket = thread_ticket(_kept(record))
        self._take(ticket)
        assert ticket.thread_answer is not None  # noqa: S101  by construction
        try:
            return ticket.thread_answer.result(self._wait_s)
        except NotInTime:
            return False

    def backlog(self) -> int:
        """How many records wait for the database."""
        return self._writer.backlog if self._writer else 0

    def healthy(self) -> bool:
        """Whether records reach the database, as far as is known."""
        return self._writer.healthy if self._writer else True

    def flush(self, timeout_s: float = EXIT_S) -> bool:
        """Waits until the database has all records; False when that takes longer."""
        end = time.monotonic() + timeout_s
        while self.backlog():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def stop(self, timeout_s: float = EXIT_S) -> bool:
        """Writes what waits, within the bound, and ends the thread. False when records stay for recovery.

        The log may be used again afterwards.
        """
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is None:
            return True
        ended = writer.stop(timeout_s)
        if ended:
            self._journal.close()
        return ended and writer.backlog == 0

    def _take(self, ticket: Ticket) -> None:
        journalled = self._journal.finish(ticket.record)
        self._running().put(ticket, journalled=journalled)

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
    """Brings the records of dead processes into the database, in the calling thread."""
    return recovery.recover(_directory())


def _kept(record: CallRecord) -> CallRecord:
    return record if llm_settings().keep_content else replace(record, prompt="", answer="")


def _directory() -> Path:
    return llm_settings().journal_dir
