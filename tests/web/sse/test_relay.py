"""The relay between a generator and a reader with a timeout."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest

from web.sse.relay import AHEAD, Ended, IdleTimeout, Relay


class Source:
    """Counts to `until`, then stays silent, ends or fails; remembers whether it was closed."""

    def __init__(self, until: int, then: str = "end") -> None:
        self.until, self.then = until, then
        self.closed = asyncio.Event()
        self.made = 0

    async def items(self) -> AsyncGenerator[int]:
        try:
            for n in range(self.until):
                self.made += 1
                yield n
            if self.then == "silence":
                await asyncio.Event().wait()
            if self.then == "fail":
                raise ValueError("broken")
        finally:
            self.closed.set()


def test_items_come_in_order_and_then_the_end() -> None:
    async def story() -> None:
        relay = Relay(Source(3).items())
        assert [await relay.next() for _ in range(3)] == [0, 1, 2]
        with pytest.raises(Ended):
            await relay.next()
        await relay.close()

    asyncio.run(story())


def test_silence_does_not_disturb_the_generator() -> None:
    async def story() -> None:
        source = Source(1, "silence")
        relay = Relay(source.items())
        assert await relay.next(1) == 0
        for _ in range(2):
            with pytest.raises(IdleTimeout):
                await relay.next(0.01)
        assert not source.closed.is_set()
        await relay.close()
        assert source.closed.is_set()

    asyncio.run(story())


def test_what_the_generator_raises_comes_after_its_items() -> None:
    async def story() -> None:
        relay = Relay(Source(1, "fail").items())
        assert await relay.next() == 0
        with pytest.raises(ValueError, match="broken"):
            await relay.next()
        await relay.close()

    asyncio.run(story())


def test_the_generator_does_not_run_far_ahead() -> None:
    async def story() -> None:
        source = Source(10 * AHEAD)
        relay = Relay(source.items())
        await relay.next()
        for _ in range(5):
            await asyncio.sleep(0)
        assert source.made <= AHEAD + 2
        await relay.close()
        assert source.closed.is_set()

    asyncio.run(story())


def test_a_relay_that_is_dropped_closes_its_generator() -> None:
    async def story() -> None:
        source = Source(1, "silence")
        relay = Relay(source.items())
        await relay.next()
        del relay
        gc.collect()
        async with asyncio.timeout(30):
            await source.closed.wait()

    asyncio.run(story())


def test_a_reader_that_is_cancelled_can_still_close() -> None:
    async def story() -> None:
        source = Source(0, "silence")
        relay = Relay(source.items())

        async def read() -> None:
            try:
                await relay.next()
            finally:
                await relay.close()

        reader = asyncio.create_task(read())
        await asyncio.sleep(0.01)
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await reader
        assert source.closed.is_set()

    asyncio.run(story())
