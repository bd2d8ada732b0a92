"""The thread on which async code runs small, urgent database work.

Circuits and configuration use it: each wait of a request is bounded, and the process needs one
connection for both. Call records: `calls/writer.py`.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from django.db import close_old_connections, connection, connections

from llm.stores.timeouts import configured_s

Result = TypeVar("Result")


class DataThread:
    """A single worker thread, started on first use and again after a fork.

    `timeout_s` bounds the wait of a request; after it, local state decides. None: the value of the settings.
    """

    def __init__(self, *, timeout_s: float | None = None) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._pid = 0
        self._begun_at: float | None = None

    @property
    def timeout_s(self) -> float:
        return configured_s() if self._timeout_s is None else self._timeout_s

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Queues `work`, which runs on a connection that is checked first."""
        with self._lock:  # so that no thread that is being closed gets it
            if self._executor is None or self._pid != os.getpid():
                self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llm-data")
                self._pid, self._begun_at = os.getpid(), None
            return self._executor.submit(self._do, work)

    def close(self) -> None:
        """Ends the thread and closes its connection after the queued work. Blocks; the next job starts a new thread."""
        with self._lock:
            executor, self._executor = self._executor, None
            if executor is None or self._pid != os.getpid():
                return
            executor.submit(connections.close_all)
        executor.shutdown(wait=True)

    async def run(self, work: Callable[[], Result], *, timeout_s: float | None = None) -> Result:
        """Runs `work` and returns its result. Raises TimeoutError after `timeout_s` seconds (None: the thread's
        own timeout); the work then continues.

        Raises TimeoutError at once while the running job exceeds this timeout. So a request with several
        jobs waits only once for a database that does not answer.
        """
        limit_s = self.timeout_s if timeout_s is None else timeout_s
        future = asyncio.wrap_future(self.submit(work))
        future.add_done_callback(_retrieve)
        return await asyncio.wait_for(asyncio.shield(future), 0 if self.is_stuck(limit_s) else limit_s)

    def is_stuck(self, limit_s: float) -> bool:
        """Whether the running job has taken longer than `limit_s` seconds."""
        begun_at = self._begun_at
        return begun_at is not None and monotonic() - begun_at > limit_s

    def _do(self, work: Callable[[], Result]) -> Result:
        self._begun_at = monotonic()
        try:
            return _run(work)
        finally:
            self._begun_at = None


def _run(work: Callable[[], Result]) -> Result:
    close_old_connections()
    try:
        return work()
    finally:
        if connection.settings_dict["OPTIONS"].get("pool"):
            connection.close()  # back to the pool


def _retrieve(future: "asyncio.Future[Result]") -> None:
    """Retrieves the error of an abandoned job, which asyncio would otherwise log. Waiting tasks still get it."""
    if not future.cancelled():
        future.exception()


data_thread = DataThread()
