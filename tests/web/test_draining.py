"""Requests that are open when the server stops: each is told, in its dialect."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest

from llm.services import shutdown
from web import draining
from web.sse.relay import Ended, Relay


@pytest.fixture(autouse=True)
def running_again() -> Iterator[None]:
    yield
    shutdown.forget()


async def interrupted(handler: Any, path: str) -> list[dict[str, Any]]:
    """What the server sends of a request that is open when it is interrupted, and of nothing after it."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "path": path, "request_id": "r-1"}
    request = asyncio.create_task(draining.serve(handler, scope, receive, send))
    await asyncio.sleep(0.01)
    draining.interrupt()
    await asyncio.wait_for(request, 30)
    assert draining.interrupt() == 0, "it is open no longer"
    return sent


async def waits_for_a_vendor(scope: Any, receive: Any, send: Any) -> None:
    """As Django does: until the view has answered, or the caller has left."""
    assert (await receive())["type"] == "http.disconnect"
    await send({"type": "http.response.start", "status": 200, "headers": []})


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/chat/completions", lambda body: body["error"]["code"]),
        ("/v1/messages", lambda body: body["type"]),
        ("/api/conversations", lambda body: body["error"]["code"]),
    ],
)
def test_a_request_without_an_answer_gets_a_503(path: str, kind: Any) -> None:
    start, body = asyncio.run(interrupted(waits_for_a_vendor, path))
    headers = dict(start["headers"])
    assert start["status"] == 503
    assert headers[b"retry-after"] == b"2"
    assert headers[b"x-request-id"] == b"r-1"
    assert kind(json.loads(body["body"])) in ("shutting_down", "error")
    assert shutdown.interrupting()


def test_an_answer_that_has_begun_is_left_to_its_stream() -> None:
    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": b"told"})

    start, body = asyncio.run(interrupted(streams, "/v1/chat/completions"))
    assert (start["status"], body["body"]) == (200, b"told")


def test_a_relay_tells_its_reader_unless_its_generator_has_ended() -> None:
    async def numbers(count: int, *, silent: bool) -> AsyncGenerator[int]:
        for number in range(count):
            yield number
        if silent:
            await asyncio.Event().wait()

    async def story() -> None:
        open_one, done = Relay(numbers(5, silent=True)), Relay(numbers(1, silent=False))
        assert await open_one.next() == 0
        await asyncio.sleep(0.01)
        draining.interrupt()
        with pytest.raises(Exception, match="503 shutting_down"):
            await open_one.next()
        assert await done.next() == 0
        with pytest.raises(Ended):
            await done.next()
        for relay in (open_one, done):
            await relay.close()

    asyncio.run(story())
