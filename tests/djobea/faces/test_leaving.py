"""What ends the work of the short door: the client's leaving, quietly; a cancellation by the server, which goes on."""

import asyncio
from typing import Any

import pytest

from djobea.short_door import _Leaving


class Client:
    """ASGI's `receive` of a client that leaves when it is told to."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()

    async def __call__(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}


async def work(client: Any, seen: list[str]) -> bool:
    """Waits for ever within; whether the task is as if nobody had cancelled it."""
    async with _Leaving(client):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
    await asyncio.sleep(0)
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0


def test_the_clients_leaving_cancels_the_work_and_nothing_else() -> None:
    async def story() -> None:
        client, seen = Client(), list[str]()
        task = asyncio.create_task(work(client, seen))
        await asyncio.sleep(0.01)
        client.leaves.set()
        assert await asyncio.wait_for(task, 30)
        assert seen == ["cancelled"]

    asyncio.run(story())


def test_a_cancellation_from_outside_goes_on_even_when_the_client_leaves_too() -> None:
    async def story(*, leaves: bool) -> None:
        client, seen = Client(), list[str]()
        task = asyncio.create_task(work(client, seen))
        await asyncio.sleep(0.01)
        if leaves:
            client.leaves.set()
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["cancelled"]

    asyncio.run(story(leaves=False))
    asyncio.run(story(leaves=True))


def test_work_that_ends_first_is_not_cancelled_afterwards() -> None:
    async def story() -> bool:
        client = Client()
        async with _Leaving(client):  # type: ignore[arg-type]  # only called
            client.leaves.set()
        await asyncio.sleep(0.01)
        task = asyncio.current_task()
        return task is not None and task.cancelling() == 0

    assert asyncio.run(story())
