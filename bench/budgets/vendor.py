"""`python -m bench.budgets.vendor PORT`: Anthropic's API, whose answers cost what was reserved for them.

`GET /asked` tells how many calls it got.
"""

import asyncio
import sys
from typing import Any

from aiohttp import web

INPUT_TOKENS, OUTPUT_TOKENS = 100, 100
"""What a prompt of PROMPT characters and `max_tokens` of OUTPUT_TOKENS are reserved for: no answer costs less."""
PROMPT = "x" * 300
COST = INPUT_TOKENS + OUTPUT_TOKENS
THINKING_S = 0.3


async def messages(request: web.Request) -> web.Response:
    """Counts the call and answers it, plain or streamed."""
    request.app["asked"][0] += 1
    body = await request.json()
    await asyncio.sleep(THINKING_S)
    usage = {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS}
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "stop_sequence": None,
    }
    if not body.get("stream"):
        content = [{"type": "text", "text": "Oui."}]
        return web.json_response({**message, "content": content, "stop_reason": "end_turn", "usage": usage})
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Oui."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]
    frames = "".join(f"event: {event['type']}\ndata: {web.json_response(event).text}\n\n" for event in events)
    return web.Response(text=frames, content_type="text/event-stream")


async def models(request: web.Request) -> web.Response:
    """No models: the probes of providers ask for them."""
    return web.json_response({"data": [], "has_more": False})


async def asked(request: web.Request) -> web.Response:
    """The number of calls so far."""
    return web.json_response(request.app["asked"][0])


def application() -> web.Application:
    """The vendor, uncounted."""
    app = web.Application()
    app["asked"] = [0]
    app.router.add_post("/claude/v1/messages", messages)
    app.router.add_get("/claude/v1/models", models)
    app.router.add_get("/asked", asked)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
