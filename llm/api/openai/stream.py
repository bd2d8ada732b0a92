"""Writes a streamed answer as OpenAI's server-sent events. `web.sse.stream` sends them."""

from collections.abc import Iterator

from llm.api.openai.errors import broken
from llm.api.openai.response import Chunks
from llm.core.calls import AnswerEvent, Completed, Started
from llm.core.chat.response import TextDelta, ToolCallDelta
from web.errors import ApiError
from web.headers import started_headers
from web.sse.stream import KEEP_ALIVE


class OpenAIEvents:
    """The `EventFormat` of one stream. `created` is in seconds since 1970.

    A stream that breaks ends with an error event, and with neither a finish reason nor `[DONE]`.
    """

    last = Completed
    keep_alive = KEEP_ALIVE

    def __init__(self, *, created: int, include_usage: bool) -> None:
        self._created = created
        self._include_usage = include_usage
        self._chunks: Chunks | None = None

    def headers(self, started: Started) -> dict[str, str]:
        """The response headers that name the provider."""
        return started_headers(started)

    def frames(self, event: AnswerEvent) -> Iterator[bytes]:
        """The chunks of an event."""
        match event:
            case Started(resumed=True):
                yield f": {event.provider} goes on\n\n".encode()
            case Started():
                self._chunks = self._begin(event)
                yield self._chunks.role()
            case TextDelta() | ToolCallDelta() if self._chunks is not None:
                yield self._chunks.delta(event)
            case Completed() if self._chunks is not None:
                yield from self._chunks.end(event.answer.completion)

    def broken(self, error: ApiError) -> bytes:
        """The error as an event."""
        return broken(error)

    def _begin(self, started: Started) -> Chunks:
        return Chunks(
            id=f"chatcmpl-{started.call_id}",
            created=self._created,
            model=started.model,
            include_usage=self._include_usage,
        )
