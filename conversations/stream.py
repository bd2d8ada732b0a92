"""Writes a streamed reply as server-sent events: `delta` ..., then either `done` or `error`."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest

from conversations.services import Reply, ReplyEvent
from llm.core.calls import Started
from llm.core.chat.response import TextDelta
from web.bodies.write import json_bytes
from web.errors import ApiError, as_json
from web.headers import started_headers
from web.sse.stream import KEEP_ALIVE

Show = Callable[[Reply], dict[str, Any]]


class ReplyEvents:
    """The `web.sse.stream.EventFormat` of a reply. `show` gives the JSON of the whole reply."""

    last = Reply
    keep_alive = KEEP_ALIVE

    def __init__(self, request: HttpRequest, show: Show) -> None:
        self._request = request
        self._show = show

    def headers(self, started: Started) -> dict[str, str]:
        """The response headers that name the provider."""
        return started_headers(started)

    def frames(self, event: ReplyEvent) -> Iterator[bytes]:
        """The frames of one event: a delta, or the whole reply. Other events have none."""
        match event:
            case TextDelta(text=text):
                yield _frame("delta", json_bytes({"text": text}))
            case Reply():
                yield _frame("done", json_bytes(self._show(event)))

    def broken(self, error: ApiError) -> bytes:
        """The error as one frame."""
        return _frame("error", as_json(error, self._request))


def _frame(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
