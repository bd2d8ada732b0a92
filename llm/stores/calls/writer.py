"""The thread that writes call records to the database, in batches from a queue.

While the database is unavailable it retries with growing pauses. Records beyond the queue's capacity
wait in the journal and are read back. Every lost record is logged.
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
from llm.stores.budgets.ledger import ledger
from llm.stores.calls import recovery, rejected
from llm.stores.calls import rows as call_rows
from llm.stores.calls.journal import Journal
from llm.stores.calls.tickets import Ticket, settle

log = structlog.get_logger(__name__)

BATCH = 200
"""Records in a transaction. Larger batches are no faster, and their first record waits longer."""
GATHER_S = 0.05
"""How long the thread waits for more records after a batch's first, unless a caller waits for one of them."""
IDLE_S = 2.0
"""After this time without records the thread closes its connection."""
HANGS_AFTER_S = 1.0
"""During a longer transaction the database counts as unavailable, and answers stop waiting for it."""
FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0


class Writer:
    """Accepts tickets from all threads; its own thread stores them in order."""

    def __init__(self, journal: Journal, directory: Callable[[], Path], capacity: int) -> None:
        self._journal = journal
        self._directory = directory
        self._capacity = capacity
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._spilled: deque[str] = deque()
        self._lock = threading.Lock()
        self._accepted_count = 0
        self._settled_count = 0
        self._batch: list[Ticket] = []
        self._memory_only: dict[str, CallRecord] = {}
        """Accepted records, by call, that neither the journal nor the database has yet."""
        self._recovery: Iterator[recovery.Recovered] | None = None
        self._stop = threading.Event()
        self._hurry = threading.Event()
        """Set while a queued record is waited for, or a full batch is there."""
        self._trying_since: float | None = None
        self._unavailable_since: float | None = None
        self._backoff_s = 0.0
        self._thread = threading.Thread(target=self._run, name="llm-call-log", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def healthy(self) -> bool:
        """Whether the thread lives, its last write succeeded, and the current one has run at most a second."""
        return self._thread.is_alive() and not self._database_unavailable()

    @property
    def backlog(self) -> int:
        """The number of accepted records not yet in the database."""
        with self._lock:
            return self._accepted_count - self._settled_count

    @property
    def memory_only(self) -> int:
        """The number of accepted records that neither journal nor database has yet."""
        with self._lock:
            return len(self._memory_only)

    def put(self, ticket: Ticket, *, journalled: bool) -> None:
        """Queues the record. Settles its ticket with False at once while the database is unavailable."""
        call_id = ticket.record.call.id
        with self._lock:
            self._accepted_count += 1
            if journalled:
                self._memory_only.pop(call_id, None)  # its beginning, which the record includes
            else:
                self._memory_only[call_id] = ticket.record
            fits = self._queue.qsize() < self._capacity
            if fits:
                self._queue.put(ticket)
            elif journalled:
                self._spilled.append(call_id)
        if ticket.is_waited_for or self._queue.qsize() >= BATCH:
            self._hurry.set()
        if not fits and not journalled:
            self._lose(call_id, "the queue is full and the journal is not writable")
        if not fits or self._database_unavailable():
            settle([ticket], False)

    def stop(self, timeout_s: float) -> bool:
        """Ends the thread after a last attempt to write all records; False when it runs past `timeout_s`.

        Journals the records that are left in memory; logs those that are lost because the disk fails, too.
        """
        self._stop.set()
        self._hurry.set()
        self._queue.put(None)
        self._thread.join(timeout_s)
        self._journal_again()
        for call_id in list(self._memory_only):
            log.error("call_record_lost", call_id=call_id, reason="database and journal fail at the end of the process")
        return not self._thread.is_alive()

    def _database_unavailable(self) -> bool:
        trying_since = self._trying_since
        hangs = trying_since is not None and time.monotonic() - trying_since > HANGS_AFTER_S
        return hangs or self._unavailable_since is not None

    def _run(self) -> None:
        prices.warm()
        self._recovery = recovery.steps(self._directory())
        while self._step():
            pass
        self._disconnect()

    def _step(self) -> bool:
        """Runs one batch, one step of recovery or one pause; False when the thread must end."""
        stopping = self._stop.is_set()  # read before the queue, so that earlier records are still written
        try:
            self._batch = self._batch or self._next_batch()
            self._trying_since = time.monotonic()
            if self._batch:
                self._write(self._batch)
            elif stopping:
                return False
            elif self._recovery is not None:
                self._recover_some(self._recovery)
        except Exception as error:  # noqa: BLE001  drivers raise many types, and the records must survive all of them
            return self._database_failed(error)
        self._trying_since = None
        return True

    def _recover_some(self, steps: Iterator[recovery.Recovered]) -> None:
        recovered = next(steps, None)
        if recovered is None:
            self._recovery = None
        else:
            self._database_answered(recovered.finished + recovered.interrupted)

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
        if not busy:
            self._hurry.wait(GATHER_S)
        self._hurry.clear()
        batch = [first] if first is not None else []
        while len(batch) < BATCH and not self._queue.empty():
            ticket = self._queue.get_nowait()
            if ticket is not None:
                batch.append(ticket)
        if not self._queue.empty():
            self._hurry.set()
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
        self._batch = []
        with self._lock:
            self._settled_count += len(tickets)
            for ticket in tickets:
                if self._memory_only.get(ticket.record.call.id) is ticket.record:
                    del self._memory_only[ticket.record.call.id]
        self._database_answered(len(tickets))
        settle([ticket for ticket in tickets if ticket.record.call.id not in refused], True)
        settle([ticket for ticket in tickets if ticket.record.call.id in refused], False)
        self._journal.written(ticket.record.call.id for ticket in tickets)

    def _database_failed(self, error: Exception) -> bool:
        """Prepares a retry on a new connection: the first at once, later ones after growing pauses."""
        self._disconnect()
        if self._recovery is not None:
            self._recovery = recovery.steps(self._directory())
        if self._backoff_s == 0.0:
            self._backoff_s = FIRST_BACKOFF_S
            return True
        if self._unavailable_since is None:
            self._unavailable_since = time.monotonic()
            log.error("call_log_database_gone", error=rejected.describe(error), backlog=self.backlog)
        settle(self._batch, False)
        self._journal_again()
        if self._stop.wait(self._backoff_s):
            return False
        self._backoff_s = min(2 * self._backoff_s, LONGEST_BACKOFF_S)
        return True

    def _journal_again(self) -> None:
        """Journals the records that only memory has, up to the first failure: the disk may have room again."""
        with self._lock:
            waiting = list(self._memory_only.values())
        for record in waiting:
            if not self._journal.finish(record):
                return
            with self._lock:
                if self._memory_only.get(record.call.id) is record:
                    del self._memory_only[record.call.id]

    def _database_answered(self, written: int) -> None:
        self._backoff_s = 0.0
        if self._unavailable_since is not None:
            away_s = round(time.monotonic() - self._unavailable_since, 1)
            self._unavailable_since = None
            log.info("call_log_database_back", away_s=away_s, written=written, backlog=self.backlog)

    def _lose(self, call_id: str, reason: str) -> None:
        with self._lock:
            self._settled_count += 1
            self._memory_only.pop(call_id, None)
        ledger.settle(call_id)
        log.error("call_record_lost", call_id=call_id, reason=reason)

    def _disconnect(self) -> None:
        with suppress(DatabaseError):
            connection.close()
