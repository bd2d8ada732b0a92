"""The yardstick: a bare ASGI endpoint beside Django's handler, which asks one vendor and keeps batched records.

It has no authentication, routing, failover, cost or limits: what a Python gateway costs at the very least.
Run as `python -m bench.cost.bare_door PORT VENDOR_URL` with the product's environment.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import aiohttp
import django
import uvicorn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")

BATCH_EVERY_S = 0.05

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Records:
    """Rows of answered calls, written a batch at a time by a thread."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, float, str, int, int]] = []

    def add(self, model: str, tokens_in: int, tokens_out: int) -> None:
        self._rows.append((str(uuid.uuid4()), time.time(), model, tokens_in, tokens_out))

    async def write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BATCH_EVERY_S)
            if self._rows:
                rows, self._rows = self._rows, []
                await asyncio.to_thread(self._write, rows)

    def _write(self, rows: list[tuple[str, float, str, int, int]]) -> None:
        from django.db import connection, transaction

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bench_call VALUES (%s, %s, %s, %s, %s)", rows)

    def make_table(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_call")
            cursor.execute(
                "CREATE TABLE bench_call (id char(36) PRIMARY KEY, at double precision, model text, i int, o int)"
            )


class BareDoor:
    """The ASGI application: its own path is answered here, every other one by Django."""

    def __init__(self, vendor_url: str, pages: Any) -> None:
        self._vendor_url, self._pages = vendor_url, pages
        self._records = Records()
        self._session: aiohttp.ClientSession

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"] == "/v1/chat/completions":
            await self._answer(receive, send)
        else:
            await self._pages(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self._records.make_table)
        headers = {"x-api-key": "simulated-key", "anthropic-version": "2023-06-01"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as self._session:
            writing = asyncio.create_task(self._records.write_for_ever())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, receive: Receive, send: Send) -> None:
        asked = json.loads(await _whole_body(receive))
        body = {
            "model": "claude-sonnet-5-5",
            "max_tokens": asked.get("max_tokens", 1024),
            "messages": asked["messages"],
        }
        if "tools" in asked:
            body["tools"] = asked["tools"]
        if not asked.get("stream"):
            async with self._session.post(f"{self._vendor_url}/v1/messages", json=body) as response:
                answer = json.loads(await response.read())
            await self._plain(answer, send)
            return
        async with self._session.post(f"{self._vendor_url}/v1/messages", json={**body, "stream": True}) as response:
            await self._stream(response, send)

    async def _plain(self, answer: dict[str, Any], send: Send) -> None:
        usage = answer["usage"]
        self._records.add(answer["model"], usage["input_tokens"], usage["output_tokens"])
        message = {"role": "assistant", "content": "".join(part["text"] for part in answer["content"])}
        data = json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}], "usage": usage})
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": data.encode()})

    async def _stream(self, response: aiohttp.ClientResponse, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        tokens = 0
        async for event in _events(response):
            if event["type"] == "content_block_delta":
                delta = {"object": "chat.completion.chunk", "choices": [{"delta": {"content": event["delta"]["text"]}}]}
                data = f"data: {json.dumps(delta)}\n\n".encode()
                await send({"type": "http.response.body", "body": data, "more_body": True})
            elif event["type"] == "message_delta":
                tokens = event["usage"]["output_tokens"]
        self._records.add("claude-sonnet-5-5", 12, tokens)
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    async for line in response.content:
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


def main(port: int, vendor_url: str) -> None:
    django.setup(set_prefix=False)
    from django.core.handlers.asgi import ASGIHandler

    door = BareDoor(vendor_url, ASGIHandler())
    uvicorn.run(door, host="127.0.0.1", port=port, ws="none", log_level="warning", access_log=False, backlog=4096)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
