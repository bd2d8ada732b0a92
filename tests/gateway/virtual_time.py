"""An event loop whose clock jumps to its next timer: limits of seconds are tested exactly, and at once."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


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
