"""Keeps a worker's local view and a backend in step: the turns that write and read, and what holds while offline."""

import os
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import ClassVar

import structlog

from llm.core.circuit.state import Circuit
from llm.incidents import Incident
from llm.stores.circuits.history import CircuitHistory
from llm.stores.circuits.local_view import Batch, LocalView, PendingChange
from llm.stores.circuits.records import Contended, Versioned, Write, Written
from llm.stores.timeouts import StoreTimeouts

log = structlog.get_logger(__name__)

COUNTS_S = 0.5
"""Between two writes of mere counts."""
RETRY_S = 0.5
"""Between two tries of an unavailable backend."""
MAX_TRIES = 50


class CircuitSync(ABC):
    """A turn writes the pending changes, and reads all circuits when a reading is due. Turns never overlap.

    A backend implements `read_all` and `compare_and_set`, and runs turns in a thread of its choice.
    """

    name: ClassVar[str]
    unavailable: ClassVar[tuple[type[Exception], ...]]
    """The errors of an unavailable backend."""
    fresh_s: ClassVar[float]
    """A request waits for a reading when the last one is older."""
    refresh_s: ClassVar[float]
    """A request starts a reading, without waiting, when the last one is older."""
    turn_s: ClassVar[float]
    """Between two readings that no request asked for."""
    is_durable: ClassVar[bool]
    """Whether the backend never loses a circuit. If it may, workers write what they know again."""
    has_notices: ClassVar[bool]
    """Whether the backend announces changes, so that every read is fresh."""
    history: CircuitHistory | None = None
    """Where transitions are written, unless the backend does."""

    def __init__(self) -> None:
        self._start_over()
        os.register_at_fork(after_in_child=self._start_over)

    def _start_over(self) -> None:
        self._local = LocalView()
        self._lock, self._turn_lock = threading.Lock(), threading.Lock()
        self._current_reading: Future[None] | None = None
        self._next_reading: Future[None] = Future()
        self._read_at = self._turn_at = self._counts_at = self._retry_at = -inf
        self.offline_since: datetime | None = None
        self._away = Incident("health_store_unreachable", log, ended="health_store_back", quiet_s=None)

    @property
    @abstractmethod
    def timeouts(self) -> StoreTimeouts: ...

    @abstractmethod
    def read_all(self) -> dict[str, Versioned]:
        """Every circuit in the backend. Raises the errors of `unavailable`."""

    @abstractmethod
    def compare_and_set(self, write: Write) -> Written:
        """Writes, if the version is the expected one. Raises the errors of `unavailable`."""

    @abstractmethod
    def _wake(self) -> None:
        """Has a turn run soon, in another thread."""

    def _apply_offline(self, local: LocalView, change: PendingChange) -> bool:
        """Applies the change in this worker until it is written; False when it already is."""
        since = self.offline_since
        offline_s = (datetime.now(UTC) - since).total_seconds() if since else 0.0
        transition = local.apply_offline(change, offline_s=offline_s)
        if transition is None:
            return False
        if self.history is not None and transition.does_more_than_count:
            self.history.add(transition)
        return True

    def _note_unavailable(self, local: LocalView, why: str) -> None:
        with self._lock:
            if self.offline_since is not None or local is not self._local:
                return
            self.offline_since = datetime.now(UTC)
            self._turn_at = -inf
        self._away.note(store=self.name, why=why, meaning="this worker uses its local state")

    def _note_available(self) -> bool:
        """Ends the offline time; False when there was none."""
        with self._lock:
            since, self.offline_since = self.offline_since, None
        self._away.over()  # a slow store comes and goes: its line is written once it stays
        return since is not None

    def _run_turn(self, *, wait_s: float = -1) -> None:
        """One turn, after any other has ended (at most `wait_s` seconds; -1: no limit). Raises nothing."""
        lock = self._turn_lock
        if not lock.acquire(timeout=wait_s):
            return
        try:
            if monotonic() >= self._retry_at:
                self._try_turn(self._local)
        finally:
            lock.release()

    def _try_turn(self, local: LocalView) -> None:
        try:
            self._turn(local)
        except self.unavailable as error:
            self._note_unavailable(local, type(error).__name__)
            for change in local.waiting():
                self._apply_offline(local, change)
            self._pause(local)
        except Contended as error:
            log.warning("circuit_contended", provider=str(error))
            self._wake()
        except Exception:  # whatever it was, this worker must not lose the others for good
            log.exception("health_store_turn_failed")
            self._pause(local)

    def _pause(self, local: LocalView) -> None:
        if local is not self._local:
            return
        if self._current_reading is None:
            self._begin_reading()
        self._end_reading()
        self._retry_at, self._turn_at = monotonic() + RETRY_S, -inf

    def _turn(self, local: LocalView) -> None:
        self._flush(local, counts=False)
        if monotonic() < self._turn_at:
            return
        if monotonic() - self._counts_at >= COUNTS_S:
            self._flush(local, counts=True)
            self._counts_at = monotonic()
        if local is not self._local:  # forgotten meanwhile
            return
        versions = self._begin_reading()
        begun = monotonic()
        records = self.read_all()
        ended = monotonic()
        if local is not self._local:
            return
        if self.is_durable:
            local.replace_all(records)
        else:
            for provider in local.merge_all(records, versions):
                self._flush_one(local, local.empty_batch(provider))
        is_first = self._read_at == -inf  # it opens the connection, which says nothing of the ones to come
        if is_first or ended - begun <= self.timeouts.slow_after_s:
            self._note_available()
        else:
            self._note_unavailable(local, "slow")
            self._retry_at = ended + RETRY_S
        self._read_at = ended
        self._end_reading()

    def _begin_reading(self) -> dict[str, int]:
        with self._lock:
            self._current_reading, self._next_reading = self._next_reading, Future()
            self._turn_at = monotonic() + self.turn_s
        return self._local.versions()

    def _end_reading(self) -> None:
        """Lets the requests go on that wait for the reading, be it good or not."""
        if self.history is not None:
            self.history.flush()
        with self._lock:
            reading, self._current_reading = self._current_reading, None
        if reading is not None:
            reading.set_result(None)

    def _flush(self, local: LocalView, *, counts: bool) -> None:
        while (batch := local.next_batch(counts=counts)) is not None:
            self._flush_one(local, batch)

    def _flush_one(self, local: LocalView, batch: Batch) -> None:
        try:
            record = self._write(local, batch)
        except Contended:
            raise  # the batch stays the next one
        except Exception as error:
            if isinstance(error, self.unavailable):
                raise
            # A step's own error: its caller gets it.
            log.exception("circuit_step_failed", provider=batch.provider)
            local.reject(batch, error)
        else:
            local.confirm(batch, record)

    def _write(self, local: LocalView, batch: Batch) -> Versioned:
        """What the backend has after the batch. The first try builds on what is known, and later ones on a read."""
        known = stored = local.shared(batch.provider)
        certain = False
        for _ in range(MAX_TRIES):
            after, transitions = batch.apply(self._base(known, stored))
            if stored is not None and after == stored.circuit:
                if certain:
                    return stored
                stored, certain = self.read_all().get(batch.provider), True
                continue
            write = Write(
                provider=batch.provider,
                expected=stored.version if stored else 0,
                circuit=after,
                transitions=transitions,
                writer=local.writer,
                number=batch.number,
            )
            written = self.compare_and_set(write)
            if written.done and written.stored is not None:
                if self.history is not None:
                    for transition in transitions:
                        self.history.add(transition)
                return written.stored
            stored, certain = written.stored, True
        raise Contended(batch.provider)

    def _base(self, known: Versioned | None, stored: Versioned | None) -> Circuit:
        """What a change builds on: the stored circuit, unless the backend has lost a later generation of it."""
        shared = stored.circuit if stored is not None else Circuit()
        if known is None or self.is_durable:
            return shared
        return known.circuit if stored is None or known.circuit.generation > shared.generation else shared
