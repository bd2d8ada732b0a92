"""An event loop whose clock jumps to its next timer, and a clock that reads it: limits are tested exactly, at once."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

Result = TypeVar("Result")

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""When virtual time begins."""


class _Jumping(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Waits for nothing: the time that it is given passes at once."""

    elapsed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("no timer and nothing to do: this would wait for ever")
        self.elapsed_s += max(0.0, timeout)
        return list(super().select(0))


class VirtualLoop(asyncio.SelectorEventLoop):
    """For tasks that wait for timers and for each other, never for sockets or threads. Its time begins at 0."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.elapsed_s


def in_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    """What `asyncio.run` would return."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


class LoopClock:
    """The time of the loop that runs, and what passed by before it; outside a loop, that alone."""

    def __init__(self) -> None:
        self._passed_s = 0.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        try:
            return self._passed_s + asyncio.get_running_loop().time()
        except RuntimeError:
            return self._passed_s

    def random(self) -> float:
        return 0.5

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep()
        await asyncio.sleep(seconds)

    def pass_by(self, seconds: float) -> None:
        self._passed_s += seconds
