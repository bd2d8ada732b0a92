"""A streamed reply as server-sent events: `delta` ..., then `done`, or `error` when it broke. Never both."""

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from conversations.services import Reply, ReplyEvent
from llm.core.completion import TextDelta
from llm.core.outcome import LLMError
from web.api_errors import as_api_error, as_json, error_response
from web.relay import Ended, Quiet, Relay

KEEP_ALIVE = b": alive\n\n"
"""A comment, which clients skip."""
KEEP_ALIVE_S = 10.0
"""Proxies close connections that are silent for 30 s or more, browsers' EventSource for 45 s."""

Show = Callable[[Reply], dict[str, Any]]


async def respond(events: AsyncGenerator[ReplyEvent], request: HttpRequest, show: Show) -> StreamingHttpResponse:
    """The response, as soon as somebody speaks; what the stream raises before that is raised here."""
    relay = Relay(events)
    try:
        await relay.next()  # Opened
    except BaseException:
        await relay.close()
        raise
    return StreamingHttpResponse(
        _frames(relay, request, show),
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _frames(relay: Relay[ReplyEvent], request: HttpRequest, show: Show) -> AsyncGenerator[bytes]:
    try:
        while True:
            try:
                event = await relay.next(KEEP_ALIVE_S)
            except Quiet:
                yield KEEP_ALIVE
                continue
            match event:
                case TextDelta(text=text):
                    yield _frame("delta", _json({"text": text}))
                case Reply():
                    yield _frame("done", _json(show(event)))
                    return
                case _:
                    yield KEEP_ALIVE
    except LLMError as error:
        yield _frame("error", as_json(as_api_error(error), request))
    except Ended:
        yield _frame("error", error_response(request, RuntimeError("a reply ended without its end")).content)
    except Exception as error:  # noqa: BLE001  the status line has gone out: only an event can tell of any failure
        yield _frame("error", error_response(request, error).content)
    finally:
        await relay.close()


def _frame(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
