"""A streamed reply as server-sent events: `delta` ..., then `done`, or `error` when it broke. Never both."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest

from conversations.services import Reply, ReplyEvent
from llm.core.calls import Started
from llm.core.chat.response import TextDelta
from web.errors import ApiError, as_json
from web.headers import started_headers
from web.sse.stream import KEEP_ALIVE

Show = Callable[[Reply], dict[str, Any]]


class ReplyEvents:
    """A `web.sse.stream.EventFormat`. `show` is the shape of the whole reply."""

    last = Reply
    keep_alive = KEEP_ALIVE

    def __init__(self, request: HttpRequest, show: Show) -> None:
        self._request = request
        self._show = show

    def headers(self, opened: Started) -> dict[str, str]:
        """Who answers."""
        return started_headers(opened)

    def frames(self, event: ReplyEvent) -> Iterator[bytes]:
        """The pieces, and the whole."""
        match event:
            case TextDelta(text=text):
                yield _frame("delta", _json({"text": text}))
            case Reply():
                yield _frame("done", _json(self._show(event)))

    def broken(self, error: ApiError) -> bytes:
        """The error as an event."""
        return _frame("error", as_json(error, self._request))


def _frame(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
