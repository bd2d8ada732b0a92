"""Reads an async generator in a task of its own, so that a wait for its next item can time out without harm.

Server-sent events need this for their keep-alives. The whole generator runs in that one task: the
timeouts inside it are bound to the task in which they began.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Item = TypeVar("Item")

AHEAD = 64
"""Items read ahead of the client. Then the generator waits."""


class IdleTimeout(Exception):
    """No item came within the time."""


class Ended(Exception):
    """The generator is exhausted."""


class Relay(Generic[Item]):
    """The items of `source`, one by one. Closing or dropping the relay closes the generator."""

    def __init__(self, source: AsyncGenerator[Item]) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Item | Exception] = asyncio.Queue(AHEAD)
        self._task = self._loop.create_task(_pump(source, self._queue))
        _open.add(self)

    async def next(self, timeout_s: float | None = None) -> Item:
        """The next item; raises IdleTimeout, Ended, or what the generator raised."""
        if self._queue.empty():
            try:
                async with asyncio.timeout(timeout_s):
                    item = await self._queue.get()
            except TimeoutError:
                raise IdleTimeout from None
        else:
            item = self._queue.get_nowait()
        if isinstance(item, Exception):
            raise item
        return item

    async def close(self) -> None:
        """Cancels the generator and waits until it is closed."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def interrupt(self, error: Exception) -> None:
        """Cancels the generator; `next` raises `error`. What a generator that has ended has left is still read."""
        if not self._task.done():
            self._task.cancel()
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(error)

    def __del__(self) -> None:
        # A response that is dropped before it is sent never reaches its `finally`.
        if not self._task.done() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)


_open: "WeakSet[Relay[Any]]" = WeakSet()


def interrupt_all(error: Callable[[], Exception]) -> None:
    """Interrupts the relays of this event loop, each with an error of its own. Call it in the loop's thread."""
    loop = asyncio.get_running_loop()
    for relay in tuple(_open):
        if relay._loop is loop:
            relay.interrupt(error())


async def _pump(source: AsyncGenerator[Item], queue: "asyncio.Queue[Item | Exception]") -> None:
    async with aclosing(source):
        try:
            async for item in source:
                await queue.put(item)
        except Exception as error:  # noqa: BLE001  `next` raises it
            await queue.put(error)
        else:
            await queue.put(Ended())
