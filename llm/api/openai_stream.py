"""A streamed answer in OpenAI's server-sent events."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from llm.api.openai_response import Chunks, broken, headers
from llm.core.calls import AnswerEvent, Closed, Opened, Resumed
from llm.core.completion import TextDelta, ToolCallDelta
from llm.core.outcome import RequestRejected
from web.api_errors import ApiError
from web.event_stream import KEEP_ALIVE


async def with_refusals(events: AsyncGenerator[AnswerEvent]) -> AsyncGenerator[AnswerEvent]:
    """The events, a model's own no among them as an answer, since that is what OpenAI's clients expect."""
    async with aclosing(events):
        try:
            async for event in events:
                yield event
        except RequestRejected as error:
            if (refusal := error.refusal) is None:
                raise
            yield Opened(
                call_id=refusal.call.id,
                provider=refusal.provider,
                model=refusal.completion.model,
                attempts=len(refusal.trail.attempts),
            )
            yield Closed(answer=refusal)


class OpenAIEvents:
    """A `web.event_stream.Dialect`. `created` is in seconds since 1970.

    A stream that breaks ends with an error event, and with neither a finish reason nor `[DONE]`.
    """

    last = Closed
    keep_alive = KEEP_ALIVE

    def __init__(self, *, created: int, include_usage: bool) -> None:
        self._created = created
        self._include_usage = include_usage
        self._chunks: Chunks | None = None

    def headers(self, opened: Opened) -> dict[str, str]:
        """Who answers."""
        return headers(opened.provider, opened.attempts, degraded=opened.degraded)

    def frames(self, event: AnswerEvent) -> Iterator[bytes]:
        """The chunks of an event."""
        match event:
            case Opened():
                self._chunks = self._begin(event)
                yield self._chunks.role()
            case TextDelta() | ToolCallDelta() if self._chunks is not None:
                yield self._chunks.delta(event)
            case Resumed():
                yield f": {event.provider} goes on\n\n".encode()
            case Closed() if self._chunks is not None:
                yield from self._chunks.end(event.answer.completion)

    def broken(self, error: ApiError) -> bytes:
        """The error as an event."""
        return broken(error)

    def _begin(self, opened: Opened) -> Chunks:
        return Chunks(
            id=f"chatcmpl-{opened.call_id}",
            created=self._created,
            model=opened.model,
            include_usage=self._include_usage,
        )
