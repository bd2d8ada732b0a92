"""The one thread that writes call records: batches from a queue, patient while the database is gone.

Nothing is dropped in silence: what finds no place in the queue waits in the journal and is read back.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import structlog
from django.db import Error as DatabaseError
from django.db import connection

from llm.core.calls import CallRecord
from llm.stores import prices
from llm.stores.calls import recovery, rejected
from llm.stores.calls import rows as call_rows
from llm.stores.calls.journal import Journal
from llm.stores.calls.tickets import Ticket, settle

log = structlog.get_logger(__name__)

BATCH = 200
"""More a transaction gains nothing measurable and makes the first one wait for the last."""
IDLE_S = 2.0
"""An idle thread gives its connection back after this time."""
HANGS_AFTER_S = 1.0
"""A transaction that takes longer counts as a database that is away: nobody waits for it any more."""
FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0


class Writer:
    """Takes tickets from any thread; one thread of its own stores them in order."""

    def __init__(self, journal: Journal, directory: Callable[[], Path], capacity: int) -> None:
        self._journal = journal
        self._directory = directory
        self._capacity = capacity
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._spilled: deque[str] = deque()
        self._lock = threading.Lock()
        self._taken = 0
        self._settled = 0
        self._held: list[Ticket] = []
        self._recovery: Iterator[recovery.Recovered] | None = None
        self._stop = threading.Event()
        self._trying_since: float | None = None
        self._gone_since: float | None = None
        self._backoff_s = 0.0
        self._thread = threading.Thread(target=self._run, name="llm-call-log", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def healthy(self) -> bool:
        """Whether the thread lives, its last try succeeded, and the present one is not taking too long."""
        return self._thread.is_alive() and not self._database_away()

    @property
    def backlog(self) -> int:
        """How many records have been taken and are not in the database."""
        with self._lock:
            return self._taken - self._settled

    def put(self, ticket: Ticket, *, journalled: bool) -> None:
        """Takes the record. Answers False at once when the database is known to be away."""
        with self._lock:
            self._taken += 1
            fits = self._queue.qsize() < self._capacity
            if fits:
                self._queue.put(ticket)
            elif journalled:
                self._spilled.append(ticket.record.call.id)
        if not fits and not journalled:
            self._lose(ticket.record.call.id, "the queue is full and the journal takes nothing")
        if not fits or self._database_away():
            settle([ticket], False)

    def stop(self, timeout_s: float) -> bool:
        """Ends the thread after a last try to write everything; False when it does not end in time."""
        self._stop.set()
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _database_away(self) -> bool:
        trying_since = self._trying_since
        hangs = trying_since is not None and time.monotonic() - trying_since > HANGS_AFTER_S
        return hangs or self._gone_since is not None

    def _run(self) -> None:
        prices.warm()
        self._recovery = recovery.steps(self._directory())
        while self._turn():
            pass
        self._disconnect()

    def _turn(self) -> bool:
        """One batch, or one step of recovery, or a pause; False when the thread shall end."""
        stopping = self._stop.is_set()  # asked before the queue, so nothing that came earlier is missed
        try:
            self._held = self._held or self._next_batch()
            self._trying_since = time.monotonic()
            if self._held:
                self._write(self._held)
            elif stopping:
                return False
            elif self._recovery is not None:
                self._recover_some(self._recovery)
        except Exception as error:  # noqa: BLE001  whatever a driver may raise: the records must outlive it
            return self._database_failed(error)
        self._trying_since = None
        return True

    def _recover_some(self, steps: Iterator[recovery.Recovered]) -> None:
        done = next(steps, None)
        if done is None:
            self._recovery = None
        else:
            self._database_answered(done.finished + done.interrupted)

    def _next_batch(self) -> list[Ticket]:
        busy = self._recovery is not None or self._spilled or self._stop.is_set()
        try:
            first = self._queue.get_nowait() if busy else self._queue.get(timeout=IDLE_S)
        except Empty:
            if not self._spilled:
                if not busy:
                    self._disconnect()
                return []
            return self._read_back()
        batch = [first] if first is not None else []
        while len(batch) < BATCH and not self._queue.empty():
            ticket = self._queue.get_nowait()
            if ticket is not None:
                batch.append(ticket)
        return batch

    def _read_back(self) -> list[Ticket]:
        batch: list[Ticket] = []
        while self._spilled and len(batch) < BATCH:
            call_id = self._spilled.popleft()
            record = self._journal.read(call_id)
            if record is None:
                self._lose(call_id, "its line in the journal cannot be read")
            else:
                batch.append(Ticket(record=record))
        return batch

    def _write(self, tickets: Sequence[Ticket]) -> None:
        refused: set[str] = set()

        def reject(record: CallRecord, error: Exception) -> None:
            rejected.set_aside(self._directory(), record, error)
            refused.add(record.call.id)

        call_rows.store([ticket.record for ticket in tickets], reject)
        self._held = []
        with self._lock:
            self._settled += len(tickets)
        self._database_answered(len(tickets))
        settle([ticket for ticket in tickets if ticket.record.call.id not in refused], True)
        settle([ticket for ticket in tickets if ticket.record.call.id in refused], False)
        self._journal.written(ticket.record.call.id for ticket in tickets)

    def _database_failed(self, error: Exception) -> bool:
        """Makes the next turn a new try on a new connection, later from the second failure on."""
        self._disconnect()
        if self._recovery is not None:
            self._recovery = recovery.steps(self._directory())
        if self._backoff_s == 0.0:
            self._backoff_s = FIRST_BACKOFF_S
            return True
        if self._gone_since is None:
            self._gone_since = time.monotonic()
            log.error("call_log_database_gone", error=rejected.describe(error), backlog=self.backlog)
        settle(self._held, False)
        if self._stop.wait(self._backoff_s):
            return False
        self._backoff_s = min(2 * self._backoff_s, LONGEST_BACKOFF_S)
        return True

    def _database_answered(self, written: int) -> None:
        self._backoff_s = 0.0
        if self._gone_since is not None:
            away_s = round(time.monotonic() - self._gone_since, 1)
            self._gone_since = None
            log.info("call_log_database_back", away_s=away_s, written=written, backlog=self.backlog)

    def _lose(self, call_id: str, reason: str) -> None:
        with self._lock:
            self._settled += 1
        log.error("call_record_lost", call_id=call_id, reason=reason)

    def _disconnect(self) -> None:
        with suppress(DatabaseError):
            connection.close()
