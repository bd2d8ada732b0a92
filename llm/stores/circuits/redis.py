"""The circuits as the workers of several machines share them, through Redis: `DatabaseCircuitStore`'s twin.

A request asks this process's memory only; two threads keep it the same everywhere. A change waits a
moment for Redis to carry it out for all; a Redis that is paused, slow or gone leaves each worker to
judge alone. Transitions reach the database afterwards.
"""

import asyncio
import atexit
import os
import threading
from concurrent.futures import Future
from datetime import datetime
from typing import TypeVar

from redis.connection import parse_url

from llm.core.circuit.state import Circuit
from llm.stores.circuits.local_view import BY_GATEWAY, Owed, Step
from llm.stores.circuits.redis_worker import RedisWorker
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.timeouts import StoreTimeouts, configured_s, timeouts_of

Result = TypeVar("Result")

PREFIX = "djobea:llm:"
CLOSING_S = 1.0


class RedisCircuitStore:
    """Fits `llm.gateway.ports.Circuits`. One instance serves all event loops and threads of a process.

    Its threads start on first use, anew in a forked process. `prefix` begins all its keys. No call here waits longer
    than `patience.request_s` (None: the settings' patience). Raises ValueError for a URL that is none of Redis.
    """

    def __init__(
        self, url: str, *, prefix: str = PREFIX, thread: DataThread = data_thread, patience: StoreTimeouts | None = None
    ) -> None:
        parse_url(url)
        self._url, self._prefix, self._thread, self._patience = url, prefix, thread, patience
        self._starting = threading.Lock()
        self._running: RedisWorker | None = None
        os.register_at_fork(after_in_child=self._after_fork)
        atexit.register(self.close)

    @property
    def failing_since(self) -> datetime | None:
        """Since when Redis has not answered in time; None while all is well."""
        running = self._running
        return running.failing_since if running else None

    async def read(self, *, fresh: bool = False) -> dict[str, Circuit]:
        """Every known circuit; another worker's change is in it as soon as its notice arrives: all is `fresh`."""
        worker = self._worker()
        if (reading := worker.old()) is not None:
            try:
                await _within(reading, worker.patience.request_s)
            except TimeoutError:
                if not reading.done():
                    worker.note_trouble("slow")
        return worker.local.view()

    def peek(self) -> dict[str, Circuit]:
        """What is known here and now, without asking anybody."""
        return self._worker().local.view()

    async def change(self, provider: str, step: Step, *, by: str = BY_GATEWAY) -> Circuit:
        """See the port. When Redis does not answer in time, the change holds here and is sent later."""
        worker = self._worker()
        counted = worker.local.count(provider, step)
        if counted is not None:
            return counted
        owed = worker.owe(provider, step, by)
        if owed.done.done():
            return owed.done.result()
        try:
            return await _within(owed.done, worker.patience.request_s)
        except TimeoutError:
            return _given_up(worker, owed)

    def change_now(self, provider: str, step: Step, *, by: str) -> Circuit:
        """`change` for threads without an event loop; it waits no longer."""
        worker = self._worker()
        owed = worker.owe(provider, step, by)
        try:
            return owed.done.result(worker.patience.request_s)
        except TimeoutError:
            return _given_up(worker, owed)

    def refresh(self) -> None:
        """Has all circuits read now, for threads without an event loop; it waits no longer than `change_now`."""
        worker = self._worker()
        try:
            worker.next_reading().result(worker.patience.request_s)
        except TimeoutError:
            worker.note_trouble("slow")

    def forget(self) -> None:
        """Drops all that is known and owed here, so that the next read starts from Redis."""
        self._stop(unsent=False)

    def close(self) -> None:
        """Sends what is owed, if Redis answers in time, and ends the threads; the next use starts new ones."""
        self._stop(unsent=True)

    def _stop(self, *, unsent: bool) -> None:
        with self._starting:
            running, self._running = self._running, None
        if running is not None:
            running.stop(unsent=unsent, timeout_s=CLOSING_S)

    def _worker(self) -> RedisWorker:
        running = self._running
        if running is not None:
            return running
        with self._starting:
            if self._running is None:
                self._running = RedisWorker(
                    self._url, self._prefix, self._thread, self._patience or timeouts_of(configured_s())
                )
                self._running.start()
            return self._running

    def _after_fork(self) -> None:
        """The threads, and what they had yet to send, are the parent's."""
        self._starting = threading.Lock()
        self._running = None


async def _within(future: Future[Result], timeout_s: float) -> Result:
    """The result in time; else TimeoutError, and `future` goes on all the same."""
    waited = asyncio.wrap_future(future)
    waited.add_done_callback(_retrieve)
    return await asyncio.wait_for(asyncio.shield(waited), timeout_s)


def _retrieve(future: "asyncio.Future[Result]") -> None:
    """Marks the error of an abandoned wait as seen."""
    if not future.cancelled():
        future.exception()


def _given_up(worker: RedisWorker, owed: Owed) -> Circuit:
    if worker.hold(owed):
        worker.note_trouble("slow")
    return owed.done.result()
