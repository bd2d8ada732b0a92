"""The circuits that all workers share: one flow for every backend.

A change is applied to the local view, queued, and written by compare-and-set. While the backend is unavailable or slow,
local state decides, and the changes are written later. Every wait is bounded.
"""

import asyncio
from abc import abstractmethod
from concurrent.futures import Future
from math import inf
from time import monotonic
from typing import TypeVar

from llm.core.circuit.state import Circuit
from llm.stores.circuits.local_view import BY_GATEWAY, LocalView, PendingChange, Step
from llm.stores.circuits.sync import CircuitSync

Result = TypeVar("Result")


class CircuitStore(CircuitSync):
    """Fits `llm.gateway.ports.Circuits`. One instance serves all event loops and threads of a process."""

    def _turn_now(self) -> None:
        """Has a turn run, for a thread that may wait."""
        self._wake()

    @abstractmethod
    def _start(self) -> None:
        """Starts the threads, if they do not run yet."""

    @abstractmethod
    def _stop(self, *, flush: bool) -> None:
        """Ends the threads; with `flush`, the pending changes are written before, if the backend answers."""

    def _wait_s(self) -> float:
        """How long a request may wait now."""
        return self.timeouts.timeout_s

    async def read(self, *, fresh: bool = False) -> dict[str, Circuit]:
        """Every known circuit: at most `fresh_s` old while the backend answers in time, with `fresh` as of this
        moment."""
        reading = self._reading_to_await(fresh=fresh)
        if reading is not None:
            try:
                await _within(reading, self._wait_s())
            except TimeoutError:
                if not reading.done():
                    self._note_unavailable(self._local, "slow")
        return self._local.circuits()

    def peek(self) -> dict[str, Circuit]:
        """Every circuit as this worker knows it, without I/O."""
        self._start()
        return self._local.circuits()

    async def change(self, provider: str, step: Step, *, by: str = BY_GATEWAY) -> Circuit:
        """See the port. When the backend does not answer in time, the change holds here and is written later."""
        self._start()
        local = self._local
        counted = local.count(provider, step)
        if counted is not None:
            return counted
        change = self._enqueue(local, provider, step, by)
        self._ask_for_turn()
        try:
            return await _within(change.done, self._wait_s())
        except TimeoutError:
            return self._give_up(local, change)

    def change_now(self, provider: str, step: Step, *, by: str) -> Circuit:
        """`change` for threads without an event loop. A step that only counts is written as well."""
        self._start()
        local = self._local
        change = self._enqueue(local, provider, step, by)
        self._turn_now()
        try:
            return change.done.result(self._wait_s())
        except TimeoutError:
            return self._give_up(local, change)

    def refresh(self) -> None:
        """Reads all circuits now, and writes all counts. For threads without an event loop; the wait is bounded."""
        self._start()
        self._counts_at = -inf
        reading = self._expect_reading(fresh=True)
        self._turn_now()
        try:
            reading.result(self._wait_s())
        except TimeoutError:
            self._note_unavailable(self._local, "slow")

    def forget(self) -> None:
        """Drops all that this worker knows and has yet to write; the next read starts from the backend."""
        self._stop(flush=False)
        self._start_over()

    def close(self) -> None:
        """`forget`, after the pending changes have been written, if the backend answers."""
        self._stop(flush=True)
        self._start_over()

    def _reading_to_await(self, *, fresh: bool) -> Future[None] | None:
        self._start()
        if self.offline_since is not None:
            self._ask_for_turn()
            return None
        age = monotonic() - self._read_at
        needed = age > self.fresh_s or (fresh and not self.has_notices)
        if not needed and age <= self.refresh_s:
            return None
        reading = self._expect_reading(fresh=fresh)
        self._ask_for_turn()
        return reading if needed else None

    def _expect_reading(self, *, fresh: bool) -> Future[None]:
        """The reading that is under way, so that a burst of requests makes one; the next one when it must be fresh."""
        with self._lock:
            if self._current_reading is not None and not fresh:
                return self._current_reading
            self._turn_at = -inf
            return self._next_reading

    def _ask_for_turn(self) -> None:
        if monotonic() >= self._retry_at:
            self._wake()

    def _enqueue(self, local: LocalView, provider: str, step: Step, by: str) -> PendingChange:
        change = local.enqueue(provider, step, by)
        if self.offline_since is not None:
            self._apply_offline(local, change)
        return change

    def _give_up(self, local: LocalView, change: PendingChange) -> Circuit:
        if self._apply_offline(local, change):
            self._note_unavailable(local, "slow")
        return change.done.result()


async def _within(future: Future[Result], timeout_s: float) -> Result:
    """The result in time. Raises TimeoutError; `future` goes on."""
    waited = asyncio.wrap_future(future)
    waited.add_done_callback(_retrieve)
    return await asyncio.wait_for(asyncio.shield(waited), timeout_s)


def _retrieve(future: "asyncio.Future[Result]") -> None:
    """Marks the error of an abandoned wait as seen."""
    if not future.cancelled():
        future.exception()
