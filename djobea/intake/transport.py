"""Closes a connection whose request is still being sent, so that the client can read the answer first."""

import asyncio
from collections.abc import Callable
from typing import Any

LINGER_S = 2.0
"""Between the answer and the end of a connection whose client is still sending."""
LINGER_BYTES = 32 * 1024 * 1024
"""Thrown away unparsed meanwhile: a body slightly above the default limit passes, a flood is cut."""


class LingeringTransport:
    """A transport for uvicorn's protocol. It drops what is written after the end, which asyncio would log each time.

    A plain close with unread bytes makes the kernel reset the connection, and the client loses the answer (RFC 9112,
    section 9.6). So `close` ends only the writing side while `is_unread()`, throws away what comes, and closes later.
    """

    def __init__(self, transport: asyncio.Transport, is_unread: Callable[[], bool]) -> None:
        self._transport = transport
        self._is_unread = is_unread
        self._closing: asyncio.TimerHandle | None = None
        self._discarded = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def lingers(self) -> bool:
        """Whether the answer is out and what still comes is thrown away."""
        return self._closing is not None

    def write(self, data: bytes) -> None:
        if not self.is_closing():
            self._transport.write(data)

    def is_closing(self) -> bool:
        return self.lingers or self._transport.is_closing()

    def pause_reading(self) -> None:
        if not self.lingers:
            self._transport.pause_reading()

    def close(self) -> None:
        if self.is_closing():
            return
        if not self._is_unread() or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._closing = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)
        self._transport.write_eof()
        self._transport.resume_reading()

    def discard(self, size: int) -> None:
        """Counts bytes that came while it lingers. Ends the connection when they are too many."""
        self._discarded += size
        if self._discarded > LINGER_BYTES:
            self._transport.abort()

    def forget(self) -> None:
        """Stops the timer of a connection that is gone."""
        if self._closing is not None:
            self._closing.cancel()
