"""uvicorn's HTTP protocol with bounds on a connection: seconds for a header, bytes of it, seconds without a request.

Whichever parser uvicorn uses, only its protocol's documented hooks and its `cycle` (a request with its answer) are
used. Bodies are bounded by `djobea.intake.body`.
"""

import asyncio
from typing import Any

import structlog
from django.conf import settings
from uvicorn.config import Config
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from djobea.intake.header import error_body
from djobea.intake.transport import LingeringTransport
from llm.incidents import Incident

log = structlog.get_logger(__name__)

WRITE_S = 60.0
"""A client that takes nothing of its answer for so long is cut off."""

RECEIVED_AT_ONCE = 256 * 1024
"""The bound of asyncio and of uvloop on the bytes of one `data_received`."""

REASONS = {408: "Request Timeout", 431: "Request Header Fields Too Large"}

clients_left = Incident("client_left", log, level="info")
"""Clients that closed the connection before the end of their answer."""


class Bounds(asyncio.Protocol):
    """A connection. A late header is answered with 408, a long one with 431; both end the connection.

    The time for a header begins with the connection, and on a kept connection with the first byte of a request.
    It never runs during an answer. The class behind this one is a protocol of uvicorn.
    """

    loop: asyncio.AbstractEventLoop
    transport: Any
    cycle: Any

    def __init__(self, config: Config, *args: Any, **kwargs: Any) -> None:
        # h11's own bound would answer 400; httptools has none.
        config.h11_max_incomplete_event_size = settings.MAX_HEADER_BYTES + RECEIVED_AT_ONCE
        super().__init__(config, *args, **kwargs)  # type: ignore[call-arg]  # of uvicorn's protocol
        self.timeout_keep_alive = settings.KEEP_ALIVE_S
        self._header_bytes = 0
        self._header_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(LingeringTransport(transport, self._is_unread))  # type: ignore[arg-type]  # acts as one
        self._start_header_timer()

    def data_received(self, data: bytes) -> None:
        if self.transport.lingers:
            self.transport.discard(len(data))
            return
        cycle, is_rest = self.cycle, self._is_rest_awaited()
        super().data_received(data)
        if self.cycle is not cycle or self._is_answering():
            self._stop_header_timer()
        elif not self.transport.is_closing():
            self._header_bytes += 0 if is_rest else len(data)
            if self._header_bytes > settings.MAX_HEADER_BYTES:
                self._refuse(431)
            elif self._header_timer is None:
                self._start_header_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_header_timer()
        self._stop_write_timer()
        self.transport.forget()
        if self._is_answering() and not self.transport.lingers:
            clients_left.note()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_write_timer()
        self._write_timer = self.loop.call_later(WRITE_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_write_timer()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_rest_awaited(self) -> bool:
        """Whether the answer is complete and the rest of the request's body is still to come."""
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def _is_unread(self) -> bool:
        """Whether the client is in the middle of a request."""
        return self._header_bytes > 0 or (self.cycle is not None and self.cycle.more_body)

    def _start_header_timer(self) -> None:
        self._header_timer = self.loop.call_later(settings.HEADER_TIMEOUT_S, self._end_late_header)

    def _stop_header_timer(self) -> None:
        self._header_bytes = 0
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _end_late_header(self) -> None:
        """Answers only a request that has begun: a client would take an unasked answer for that to its next request."""
        if self.transport.is_closing() or self._is_answering():
            return
        if self._header_bytes:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Writes the answer past the parser, which has no request yet."""
        body, request_id = error_body(status)
        head = (
            f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"X-Request-ID: {request_id}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


class BoundedProtocol(Bounds, AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # chosen by uvicorn when it is imported
    """On httptools where its wheel is installed, else on h11, which is pure Python."""
