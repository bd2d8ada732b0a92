"""Brings circuits that live elsewhere into the database afterwards: their rows and the event of each transition.

For the admin's pages and for a restart. Nothing on the way of a request waits for it.
"""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.db import DatabaseError, InterfaceError

from llm.core.circuit.state import Circuit
from llm.stores.circuits import rows as circuits
from llm.stores.data_thread import DataThread

log = structlog.get_logger(__name__)

GONE = (DatabaseError, InterfaceError)
MOST_NOTES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What became of a circuit, when, and by whom."""

    provider: str
    circuit: Circuit
    at: datetime
    by: str

    def newer(self, row: Circuit) -> Circuit:
        """What the row is to hold: another worker's note of a later generation may have been written first."""
        return self.circuit if self.circuit.generation >= row.generation else row

    def replaces(self, other: "Note") -> bool:
        """Whether the other note has nothing to tell once this one is written."""
        ours, theirs = self.circuit, other.circuit
        return (self.provider, ours.generation, ours.throttled_until) == (
            other.provider,
            theirs.generation,
            theirs.throttled_until,
        )


class CircuitHistory:
    """Notes in their order, written by the data thread; they wait while the database is gone."""

    def __init__(self, thread: DataThread) -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self._notes: deque[Note] = deque(maxlen=MOST_NOTES)
        self._writing = False
        self._failing = False

    def note(self, provider: str, circuit: Circuit, *, by: str) -> None:
        """Takes what the next `flush` is to write; returns at once."""
        note = Note(provider=provider, circuit=circuit, at=datetime.now(UTC), by=by)
        with self._lock:
            if self._notes and note.replaces(self._notes[-1]):
                self._notes.pop()
            self._notes.append(note)

    def flush(self) -> None:
        """Has the notes written, if there are any and nobody is at it."""
        with self._lock:
            if self._writing or not self._notes:
                return
            self._writing = True
        try:
            self._thread.submit(self._write)
        except RuntimeError as error:  # the interpreter is ending and takes no more work
            self._writing = False
            log.warning("circuit_history_unwritten", notes=len(self._notes), error=repr(error))

    def _write(self) -> None:
        try:
            while (note := self._next()) is not None:
                self._write_one(note)
        except (circuits.Contended, *GONE) as error:
            if not self._failing:
                self._failing = True
                log.warning("circuit_history_waits", error=type(error).__name__)
        else:
            self._failing = False
        finally:
            self._writing = False

    def _next(self) -> Note | None:
        with self._lock:
            return self._notes.popleft() if self._notes else None

    def _write_one(self, note: Note) -> None:
        try:
            circuits.change(note.provider, note.newer, now=note.at, by=note.by)
        except (circuits.Contended, *GONE):
            with self._lock:
                if len(self._notes) < MOST_NOTES:
                    self._notes.appendleft(note)
            raise
