"""The measured vendor speaks Anthropic's protocol: the product's own adapter and the SDK's readers take it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bench.cost.bodies import Size, anthropic_body
from bench.cost.vendor import EVENTS, WORD, Connection


@asynccontextmanager
async def vendor() -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession() as session:
        yield session, f"http://127.0.0.1:{port}"


def test_a_plain_answer_is_one_message() -> None:
    async def asked() -> dict[str, object]:
        async with vendor() as (session, url):
            body = anthropic_body(Size.TINY, stream=False)
            async with session.post(f"{url}/v1/messages", data=body) as response:
                return json.loads(await response.read())

    answer = asyncio.run(asked())
    assert (answer["type"], answer["stop_reason"]) == ("message", "end_turn")
    assert WORD in str(answer["content"])


def test_a_stream_has_each_of_its_events() -> None:
    async def asked() -> list[dict[str, object]]:
        async with vendor() as (session, url):
            body = anthropic_body(Size.LARGE, stream=True)
            async with session.post(f"{url}/v1/messages", data=body) as response:
                return [json.loads(line[6:]) async for line in response.content if line.startswith(b"data: ")]

    events = asyncio.run(asked())
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[2:-3] == ["content_block_delta"] * EVENTS
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]


def test_a_delay_holds_for_each_later_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "delay_s", 0.0)

    async def asked() -> float:
        async with vendor() as (session, url):
            async with session.get(f"{url}/_delay/200") as response:
                assert response.status == 204
            begun = time.perf_counter()
            async with session.post(f"{url}/v1/messages", data=anthropic_body(Size.TINY, stream=False)):
                return time.perf_counter() - begun

    assert asyncio.run(asked()) >= 0.2
