"""Sends streamed answers as server-sent events, in any dialect.

The response begins with the first event, so an earlier error has its own HTTP status. Proxies cut silent
connections: after `KEEP_ALIVE_S` the response begins with comments, without the headers that name the
provider, and later errors become error events.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

import structlog
from django.http import StreamingHttpResponse

from llm.core.calls import Started
from web.errors import ApiError, as_api_error
from web.sse.relay import IdleTimeout, Relay

log = structlog.get_logger("web.errors")

Keeper = Callable[[bytes | None], Awaitable[None]]

KEEP_ALIVE = b": keep-alive\n\n"
"""An SSE comment. Clients skip it."""
KEEP_ALIVE_S = 10.0
"""Proxies close connections that are silent for 30 s or more, browsers' EventSource for 45 s."""
CONTENT_TYPE = "text/event-stream; charset=utf-8"
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
"""no-transform: some proxies hold a stream back to compress it. X-Accel-Buffering is nginx's; others obey it too."""


class EventFormat(Protocol):
    """Writes the events of one stream in one API's format."""

    @property
    def last(self) -> type:
        """The type of the last event."""

    @property
    def keep_alive(self) -> bytes:
        """Bytes that clients of this API skip."""

    def headers(self, started: Started) -> dict[str, str]:
        """The response headers that name the provider."""

    def frames(self, event: Any) -> Iterable[bytes]:
        """An event as bytes, `Started` and the last one included; nothing when the client need not see it."""

    def broken(self, error: ApiError) -> bytes:
        """The event that ends a broken stream; it may come before `Started`."""


class ResponseCapture:
    """Collects the body for one `keeper`. It gets the whole body, or None when the body must not be kept."""

    def __init__(self) -> None:
        self._keeper: Keeper | None = None
        self._said: list[bytes] = []

    def listen(self, keeper: Keeper) -> None:
        """Must be called before the stream is read."""
        self._keeper = keeper

    def add(self, frames: list[bytes]) -> None:
        """Adds frames that are sent. For the stream."""
        if self._keeper is not None:
            self._said += frames

    async def end(self, *, whole: bool) -> None:
        """Calls the keeper. Only the first call has an effect. For the stream."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            await keeper(b"".join(self._said) if whole else None)


class EventStream(StreamingHttpResponse):
    """A 200 with a streamed body. `capture` collects the body; `content_events` lets another stream forward it."""

    def __init__(
        self,
        content: AsyncGenerator[bytes],
        capture: ResponseCapture | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(content, content_type=CONTENT_TYPE, headers={**(headers or {}), **HEADERS})
        self.content_events = content
        self.capture = capture or ResponseCapture()


async def open_stream(events: AsyncGenerator[Any], event_format: EventFormat) -> EventStream:
    """Returns the response at the first event, and after `KEEP_ALIVE_S` at the latest.

    Raises what `events` raises before that. `events` begins with `Started` and ends with `event_format.last`.
    """
    relay: Relay[Any] = Relay(events)
    started: Started | None = None
    try:
        try:
            started = _started(await relay.next(KEEP_ALIVE_S))
        except IdleTimeout:
            log.info("stream_begun_before_its_answer", after_s=KEEP_ALIVE_S)
    except BaseException:
        await relay.close()
        raise
    capture = ResponseCapture()
    headers = {} if started is None else event_format.headers(started)
    return EventStream(_body(relay, event_format, capture, started), capture, headers)


async def _body(
    relay: Relay[Any], event_format: EventFormat, capture: ResponseCapture, started: Started | None
) -> AsyncGenerator[bytes]:
    """The bytes of all events; a keep-alive where there is silence, an error event where the stream breaks."""
    event, sent_at = started, time.monotonic()
    try:
        if started is None:
            yield event_format.keep_alive
        while True:
            if event is not None:
                for frame in await _frames(event, started, event_format, capture):
                    yield frame
                    sent_at = time.monotonic()
                if isinstance(event, event_format.last):
                    return
            try:
                event = await relay.next(max(0.01, sent_at + KEEP_ALIVE_S - time.monotonic()))
            except IdleTimeout:
                event, sent_at = None, time.monotonic()
                yield event_format.keep_alive
            if started is None and event is not None:
                started = _started(event)
    except Exception as error:  # the status line has gone out: only an event can tell of any failure
        api_error = as_api_error(error)
        if api_error.status == 500:
            log.error("stream failed", exc_info=error)
        yield event_format.broken(api_error)
    finally:
        try:
            await relay.close()
        finally:
            await capture.end(whole=False)


async def _frames(
    event: Any, started: Started | None, event_format: EventFormat, capture: ResponseCapture
) -> list[bytes]:
    """The event as bytes. Before the last ones go out the capture is ended, so that a repeat finds the answer."""
    frames = list(event_format.frames(event))
    capture.add(frames)
    if isinstance(event, event_format.last):
        await capture.end(whole=started is not None and not started.degraded)
    return frames


def _started(event: object) -> Started:
    if not isinstance(event, Started):
        raise TypeError(f"a stream begins with Started, not {type(event).__name__}")
    return event
