"""`python -m bench.fake_vendor PORT JOURNAL`: a vendor of the benchmark's own, which writes down every generate call.

It speaks just enough of OpenAI's and Anthropic's protocols. Each call is one line of JOURNAL, on disk before the answer
begins: the id that stands in the prompt as `<id>`. Answers take `THINKING_S`.
"""

import asyncio
import json
import random
import re
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

THINKING_S = (0.02, 0.15)
"""Seconds until an answer begins, and those between the pieces of a stream in all: a kill meets calls at every step."""
ID = re.compile(r"<([\w-]+)>")
PIECES = ["The", " order", " is", " on", " its way."]
USAGE = {"input_tokens": 9, "output_tokens": 5}


class Vendor:
    """Both APIs on one application."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal.open("a", buffering=1)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/v1/messages", self._claude)
        application.router.add_post("/v1/chat/completions", self._openai)
        application.router.add_get("/v1/models", self._models)
        return application

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [], "has_more": False})

    async def _claude(self, request: web.Request) -> web.StreamResponse:
        body = await self._noted(request)
        message: dict[str, Any] = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "stop_sequence": None,
        }
        if not body.get("stream"):
            content = [{"type": "text", "text": "".join(PIECES)}]
            return web.json_response({**message, "content": content, "stop_reason": "end_turn", "usage": USAGE})
        start: dict[str, Any] = {
            "type": "message_start",
            "message": {**message, "content": [], "stop_reason": None, "usage": USAGE},
        }
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        deltas = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            for text in PIECES
        ]
        ending = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": USAGE}
        events = [start, block, *deltas, {"type": "content_block_stop", "index": 0}, ending, {"type": "message_stop"}]
        return await _streamed(request, [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events])

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        body = await self._noted(request)
        usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
        shared = {"id": "c-1", "created": 1, "model": body["model"]}
        if not body.get("stream"):
            message = {"role": "assistant", "content": "".join(PIECES)}
            choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
            return web.json_response({**shared, "object": "chat.completion", "choices": choices, "usage": usage})
        deltas = [*({"content": text} for text in PIECES), {}]
        chunks = [
            {
                **shared,
                "object": "chat.completion.chunk",
                "choices": [{"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}],
                "usage": None if delta else usage,
            }
            for delta in deltas
        ]
        return await _streamed(request, [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"])

    async def _noted(self, request: web.Request) -> dict[str, object]:
        text = await request.text()
        found = ID.search(text)
        self._journal.write(f"{found.group(1) if found else '?'}\n")
        await asyncio.sleep(random.uniform(*THINKING_S))  # noqa: S311  spreads load
        body: dict[str, object] = json.loads(text)
        return body


async def _streamed(request: web.Request, frames: list[str]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    with suppress(ConnectionResetError):  # the gateway was killed
        await response.prepare(request)
        async for frame in _slowly(frames):
            await response.write(frame.encode())
    return response


async def _slowly(frames: list[str]) -> AsyncIterator[str]:
    pause_s = random.uniform(*THINKING_S) / len(frames)  # noqa: S311  the same
    for frame in frames:
        yield frame
        await asyncio.sleep(pause_s)


if __name__ == "__main__":
    web.run_app(Vendor(Path(sys.argv[2])).application(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
