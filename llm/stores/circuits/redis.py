"""Redis as the circuits' backend: one thread writes and reads in turns, one receives the others' changes.

A request reads this process's memory only. Transitions reach the database afterwards.
"""

import atexit
import threading
from concurrent.futures import Future, wait
from math import inf
from threading import Event
from time import monotonic

import structlog
from redis.connection import parse_url

from llm.stores.circuits import rows
from llm.stores.circuits.base import CircuitStore
from llm.stores.circuits.history import CircuitHistory
from llm.stores.circuits.local_view import LocalView
from llm.stores.circuits.records import Versioned, Write, Written
from llm.stores.circuits.redis_records import REDIS_UNAVAILABLE, RedisRecords
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.timeouts import StoreTimeouts, configured_s, timeouts_of
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

PREFIX = "djobea:llm:"
CLOSING_S = 1.0
LISTEN_AGAIN_S = (0.05, 0.1, 0.2, 0.5, 1.0)


class RedisCircuitStore(CircuitStore):
    """Circuits shared through Redis. Its threads start on first use, and anew in a forked process.

    `prefix` begins all its keys. `timeouts`: None means the settings'. Raises ValueError for a URL that is not Redis's.
    """

    name = "redis"
    unavailable = REDIS_UNAVAILABLE
    fresh_s = 1.0
    refresh_s = inf
    turn_s = 0.5
    is_durable = False
    has_notices = True

    def __init__(
        self,
        url: str,
        *,
        prefix: str = PREFIX,
        thread: DataThread = data_thread,
        timeouts: StoreTimeouts | None = None,
    ) -> None:
        parse_url(url)
        self._url, self._prefix, self._thread, self._timeouts = url, prefix, thread, timeouts
        super().__init__()
        atexit.register(self.close)

    def _start_over(self) -> None:
        super()._start_over()
        self.history = CircuitHistory(self._thread)
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None
        self._rows: Future[None] = Future()
        self._due, self._stopped, self._abandoned = Event(), Event(), Event()

    @property
    def timeouts(self) -> StoreTimeouts:
        return self._timeouts or timeouts_of(configured_s())

    def read_all(self) -> dict[str, Versioned]:
        return self._records.read_all()

    def compare_and_set(self, write: Write) -> Written:
        return self._records.compare_and_set(write)

    def _start(self) -> None:
        if self._writer is not None:
            return
        with self._starting:
            if self._writer is not None:
                return
            self._records = RedisRecords(self._url, self._prefix, socket_s=self.timeouts.socket_s)
            self._read_rows_soon()
            writer = threading.Thread(
                target=self._run, args=(self._stopped, self._abandoned), name="llm-redis", daemon=True
            )
            listener = threading.Thread(
                target=self._listen,
                args=(self._local, self._records, self._stopped, writer),
                name="llm-redis-notices",
                daemon=True,
            )
            writer.start()
            listener.start()
            self._writer = writer

    def _stop(self, *, flush: bool) -> None:
        with self._starting:
            if self._writer is None:
                return
            if not flush:
                self._abandoned.set()
            self._stopped.set()
            self._due.set()
            self._writer.join(CLOSING_S)

    def _wake(self) -> None:
        self._due.set()

    def _run(self, stopped: Event, abandoned: Event) -> None:
        due = self._due
        while not stopped.is_set():
            due.wait(max(0.0, max(self._turn_at, self._retry_at) - monotonic()))
            due.clear()
            self._run_turn()
        if not abandoned.is_set():
            self._turn_at = self._counts_at = self._retry_at = -inf
            self._run_turn()

    def _listen(self, local: LocalView, records: RedisRecords, stopped: Event, writer: threading.Thread) -> None:
        failures = 0
        while not stopped.is_set():
            try:
                for notice in records.notices(local.writer, stopped):
                    local.on_notice(notice.provider, notice.record)
                    failures = 0
            except REDIS_UNAVAILABLE:
                stopped.wait(LISTEN_AGAIN_S[min(failures, len(LISTEN_AGAIN_S) - 1)])
                failures += 1
            except Exception:  # an unreadable message must not end the notices
                log.exception("circuit_notice_failed")
                stopped.wait(LISTEN_AGAIN_S[-1])
        writer.join()
        records.close()

    def _end_reading(self) -> None:
        if not self._local.circuits():
            wait([self._rows], timeout=self.timeouts.first_read_s)
        super()._end_reading()

    def _note_available(self) -> bool:
        returned = super()._note_available()
        if returned:
            self._read_rows_soon()
        return returned

    def _read_rows_soon(self) -> None:
        try:
            self._rows = self._thread.submit(self._read_rows)
        except RuntimeError as error:
            log.warning("circuit_rows_unread", error=repr(error))

    def _read_rows(self) -> None:
        try:
            self._local.seed(rows.read_all())
        except UNAVAILABLE as error:
            log.warning("circuit_rows_unread", error=type(error).__name__)
        self._turn_at = -inf
        self._due.set()
