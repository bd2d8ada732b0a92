"""Writes transitions of circuits that are stored elsewhere into the database: their rows and event rows.

The admin's pages and a restart read them. Requests never wait for it.
"""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from llm.core.circuit.state import Circuit
from llm.stores.circuits import rows
from llm.stores.circuits.records import CircuitChange, Contended
from llm.stores.data_thread import DataThread
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

MAX_ENTRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A circuit after a transition, when it happened, and its cause."""

    provider: str
    circuit: Circuit
    at: datetime
    by: str

    def newer(self, row: Circuit) -> Circuit:
        """The row's new value: another worker may have written a later generation first."""
        return self.circuit if self.circuit.generation >= row.generation else row

    def replaces(self, other: "Entry") -> bool:
        """Whether the other entry adds no event once this one is written."""
        ours, theirs = self.circuit, other.circuit
        return (self.provider, ours.generation, ours.throttled_until) == (
            other.provider,
            theirs.generation,
            theirs.throttled_until,
        )


class CircuitHistory:
    """A queue of entries that the data thread writes in order; they wait while the database is unavailable."""

    def __init__(self, thread: DataThread) -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._writing = False
        self._failing = False

    def add(self, transition: CircuitChange) -> None:
        """Queues the transition; one with a new state is written at once, others with the next `flush`."""
        entry = Entry(provider=transition.provider, circuit=transition.after, at=datetime.now(UTC), by=transition.by)
        with self._lock:
            if self._entries and entry.replaces(self._entries[-1]):
                self._entries.pop()
            self._entries.append(entry)
        if transition.is_visible:
            self.flush()

    def flush(self) -> None:
        """Starts writing the entries, unless that is under way. Returns at once."""
        with self._lock:
            if self._writing or not self._entries:
                return
            self._writing = True
        try:
            self._thread.submit(self._write)
        except RuntimeError as error:  # the interpreter is ending and takes no more work
            self._writing = False
            log.warning("circuit_history_unwritten", notes=len(self._entries), error=repr(error))

    def _write(self) -> None:
        try:
            while (entry := self._next()) is not None:
                self._write_one(entry)
        except (Contended, *UNAVAILABLE) as error:
            if not self._failing:
                self._failing = True
                log.warning("circuit_history_waits", error=type(error).__name__)
        else:
            self._failing = False
        finally:
            self._writing = False

    def _next(self) -> Entry | None:
        with self._lock:
            return self._entries.popleft() if self._entries else None

    def _write_one(self, entry: Entry) -> None:
        try:
            rows.change(entry.provider, entry.newer, now=entry.at, by=entry.by)
        except (Contended, *UNAVAILABLE):
            with self._lock:
                if len(self._entries) < MAX_ENTRIES:
                    self._entries.appendleft(entry)
            raise
