"""The one thread through which async code reaches the database for small, urgent things.

Circuits and configuration pass here, so that a request never waits for the ORM without a bound and
the process holds one connection for them. Call records have a writer of their own.
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
    """A single worker thread, made on first use and made anew after a fork.

    `timeout_s` is the longest that a request waits for it: beyond that, local state decides (None: the settings').
    """

    def __init__(self, *, timeout_s: float | None = None) -> None:
        self._patience_s = timeout_s
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._pid = 0
        self._begun_at: float | None = None

    @property
    def timeout_s(self) -> float:
        return configured_s() if self._patience_s is None else self._patience_s

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Runs `work` in its turn, on a connection that is checked before."""
        return self._running().submit(self._do, work)

    def _running(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._executor is None or self._pid != os.getpid():
                self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llm-data")
                self._pid, self._begun_at = os.getpid(), None
            return self._executor

    def close(self) -> None:
        """Ends the thread, with its connection, when its work is done; the next job starts a new one."""
        if self._executor is not None and self._pid == os.getpid():
            self._executor.submit(connections.close_all)
            self._executor.shutdown(wait=True)
        self._executor = None

    async def run(self, work: Callable[[], Result], *, timeout_s: float | None = None) -> Result:
        """The result of `work`. Raises TimeoutError when it takes longer than `timeout_s` seconds (None: the
        thread's own patience); it goes on all the same.

        Behind a job that has outlasted this patience nobody waits: a request that asks for several things
        finds out once that the database does not answer.
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
    """Marks the error of an abandoned job as seen: whoever still waits gets it, nobody else needs it."""
    if not future.cancelled():
        future.exception()


data_thread = DataThread()
