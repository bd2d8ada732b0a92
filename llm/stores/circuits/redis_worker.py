"""The two threads of a worker that talk to Redis: one writes and reads in turns, one hears the others' changes.

Requests meet them in `LocalView` only. Every wait here is bounded, and an error of Redis ends no thread.
"""

import threading
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from time import monotonic

import structlog

from llm.core.circuit.state import Circuit
from llm.stores.circuits import rows as circuits
from llm.stores.circuits.history import GONE as DATABASE_GONE
from llm.stores.circuits.history import CircuitHistory
from llm.stores.circuits.local_view import Batch, Judged, LocalView, Owed, Step
from llm.stores.circuits.redis_records import GONE, RedisCircuits
from llm.stores.circuits.rows import Versioned
from llm.stores.data_thread import DataThread
from llm.stores.timeouts import StoreTimeouts

log = structlog.get_logger(__name__)

TURN_S = 0.5
"""Between two readings of everything, and between two tries while Redis is gone."""
FRESH_S = 1.0
LISTEN_AGAIN_S = (0.05, 0.1, 0.2, 0.5, 1.0)
MAX_TRIES = 50


class RedisWorker:
    """Started once, stopped once."""

    def __init__(self, url: str, prefix: str, thread: DataThread, patience: StoreTimeouts) -> None:
        self.local = LocalView()
        self.patience = patience
        self.failing_since: datetime | None = None
        self._circuits = RedisCircuits(url, prefix, socket_s=patience.socket_s)
        self._history = CircuitHistory(thread)
        self._thread = thread
        self._lock = threading.Lock()
        self._wake, self._stopped, self._leave = threading.Event(), threading.Event(), threading.Event()
        self._read: Future[None] = Future()
        self._read_at = -FRESH_S
        self._turn_at = 0.0
        self._rows: Future[None] = Future()
        self._writer = threading.Thread(target=self._run, name="llm-redis", daemon=True)
        self._listener = threading.Thread(target=self._listen, name="llm-redis-notices", daemon=True)

    def start(self) -> None:
        """Starts the threads, and asks for the database's rows."""
        self._ask_for_rows()
        self._writer.start()
        self._listener.start()

    def stop(self, *, unsent: bool, timeout_s: float) -> None:
        """Ends the threads; with `unsent`, what is owed is sent before, if Redis answers in time."""
        if not unsent:
            self._leave.set()
        self._stopped.set()
        self._wake.set()
        self._writer.join(timeout_s)

    def old(self) -> Future[None] | None:
        """The next reading, when the last one is too old and waiting for it makes sense."""
        if self.failing_since is not None or monotonic() - self._read_at <= FRESH_S:
            return None
        return self._read

    def next_reading(self) -> Future[None]:
        """Asks for a reading now."""
        self._turn_at = 0.0
        self._wake.set()
        return self._read

    def owe(self, provider: str, step: Step, by: str) -> Owed:
        """Has a change written; while Redis is away it holds in this worker at once."""
        owed = self.local.owe(provider, step, by)
        if self.failing_since is not None:
            self.hold(owed)
        else:
            self._wake.set()
        return owed

    def hold(self, owed: Owed) -> bool:
        """Lets the change hold in this worker, until it has been written; False when it has been meanwhile."""
        since = self.failing_since
        offline_s = (datetime.now(UTC) - since).total_seconds() if since else 0.0
        judged = self.local.hold(owed, offline_s=offline_s)
        if judged is not None:
            self._note(judged)
        return judged is not None

    def note_trouble(self, why: str) -> None:
        """From now on this worker judges alone; said once."""
        with self._lock:
            if self.failing_since is not None or self._stopped.is_set():
                return
            self.failing_since = datetime.now(UTC)
        log.warning(
            "health_store_unreachable", store="redis", why=why, meaning="circuits are judged by this worker alone"
        )

    def _note_well(self) -> None:
        with self._lock:
            since, self.failing_since = self.failing_since, None
        if since is not None:
            log.info("health_store_back", store="redis", away_since=since.isoformat())
            self._ask_for_rows()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(max(0.0, self._turn_at - monotonic()))
            self._wake.clear()
            self._try_turn()
        if not self._leave.is_set():
            self._turn_at = 0.0
            self._try_turn()

    def _try_turn(self) -> None:
        try:
            self._turn()
        except GONE as error:
            self.note_trouble(type(error).__name__)
            for owed in self.local.waiting():
                self.hold(owed)
            self._pause()
        except circuits.Contended as error:
            log.warning("circuit_contended", provider=str(error))
            self._turn_at = 0.0
        except Exception:  # whatever it was, the worker must not be cut off from the others for good
            log.exception("health_store_turn_failed")
            self._pause()

    def _pause(self) -> None:
        self._after_reading()
        self._stopped.wait(TURN_S)
        self._turn_at = 0.0

    def _turn(self) -> None:
        """Sends what is owed; when it is time, also what was counted, and reads all."""
        self._send(counts=False)
        if monotonic() < self._turn_at:
            return
        self._send(counts=True)
        known, begun = self.local.versions(), monotonic()
        read = self._circuits.read_all()
        ended = monotonic()
        for provider in self.local.take(read, known):
            self._send_one(self.local.nothing_new(provider))
        self._turn_at = ended + TURN_S
        if ended - begun <= self.patience.slow_after_s:
            self._note_well()
        else:
            self.note_trouble("slow")
        self._after_reading()
        self._read_at = ended

    def _after_reading(self) -> None:
        """Lets those go on who wait for a reading, be it good or not."""
        self._history.flush()
        if not self.local.view():
            wait([self._rows], timeout=self.patience.first_read_s)
        done, self._read = self._read, Future()
        done.set_result(None)

    def _send(self, *, counts: bool) -> None:
        while (batch := self.local.next_batch(counts=counts)) is not None:
            self._send_one(batch)

    def _send_one(self, batch: Batch) -> None:
        try:
            record = self._written(batch)
        except (circuits.Contended, *GONE):
            raise  # the batch stays the next one
        except Exception as error:  # a step's own error: whoever waits for it gets it
            log.exception("circuit_step_failed", provider=batch.provider)
            self.local.reject(batch, error)
        else:
            self.local.confirm(batch, record)

    def _written(self, batch: Batch) -> Versioned:
        """What Redis has after the batch. The first try goes by what is known; it is read only if that may be old."""
        known = stored = self.local.known(batch.provider)
        sure = False
        for _ in range(MAX_TRIES):
            before = _higher(known, stored)
            after = batch.apply(before)
            if stored is not None and after == stored.circuit:
                if sure:
                    return stored
                stored, sure = self._circuits.read(batch.provider), True
                continue
            expected = stored.version if stored else 0
            written = self._circuits.write(batch.provider, after, expected=expected, number=batch.number)
            if written.done and written.stored is not None:
                self._note(Judged(provider=batch.provider, before=before, after=written.stored.circuit, by=batch.by))
                return written.stored
            stored, sure = written.stored, True
        raise circuits.Contended(batch.provider)

    def _ask_for_rows(self) -> None:
        try:
            self._rows = self._thread.submit(self._read_rows)
        except RuntimeError as error:
            log.warning("circuit_rows_unread", error=repr(error))

    def _read_rows(self) -> None:
        try:
            self.local.suggest(circuits.read_all())
        except DATABASE_GONE as error:
            log.warning("circuit_rows_unread", error=type(error).__name__)
        self.next_reading()

    def _note(self, judged: Judged) -> None:
        if circuits.without_counts(judged.after) == circuits.without_counts(judged.before):
            return
        self._history.note(judged.provider, judged.after, by=judged.by)
        if judged.is_transition:  # the rest can wait for the next turn
            self._history.flush()

    def _listen(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                for notice in self._circuits.notices(self._stopped):
                    self.local.hear(notice.provider, notice.record)
                    failures = 0
            except GONE:
                self._stopped.wait(LISTEN_AGAIN_S[min(failures, len(LISTEN_AGAIN_S) - 1)])
                failures += 1
            except Exception:  # a line for nobody to understand must not make this worker deaf
                log.exception("circuit_notice_failed")
                self._stopped.wait(LISTEN_AGAIN_S[-1])
        self._writer.join()
        self._circuits.close()


def _higher(known: Versioned | None, stored: Versioned | None) -> Circuit:
    """What a change builds on: what is stored, unless the store has lost what this worker knows of it."""
    if known is not None and (stored is None or known.circuit.generation > stored.circuit.generation):
        return known.circuit
    return stored.circuit if stored is not None else Circuit()
