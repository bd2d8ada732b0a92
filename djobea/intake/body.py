"""Receives a request's body into memory, within bounds of bytes and of seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestAborted

from djobea.intake.allowance import Allowance
from web.errors import ApiError, retry_after

SMALL = 256 * 1024
"""Bytes that a body may have without an allowance: 800 such bodies are as much as the default for large ones."""
LEAST_RATE = 16 * 1024
"""Bytes a second that prolong the time for a body. A phone's slow uplink sends more."""

allowance = Allowance(lambda: settings.MAX_BODIES_BYTES)


class BodyReader:
    """The body of one request. `read` receives it, `close` gives its share of the memory back."""

    def __init__(self, receive: Callable[[], Awaitable[Any]], length: int | None) -> None:
        self._receive = receive
        self._length = length
        self._taken = 0

    async def read(self) -> bytes:
        """The whole body. Raises ApiError: 408 when it comes too slowly, 413 when it is too long, 503 without memory.

        Raises RequestAborted when the client leaves.
        """
        longest: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if longest is not None and self._length is not None and self._length > longest:
            raise ApiError(413)
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        pieces: list[bytes] = []
        size, is_last = 0, False
        try:
            async with asyncio.timeout_at(begun_at + settings.BODY_TIMEOUT_S) as bound:
                while not is_last:
                    piece, is_last = await self._piece()
                    pieces.append(piece)
                    size += len(piece)
                    if longest is not None and size > longest:
                        raise ApiError(413)
                    if size > SMALL and not self._taken:
                        await self._take(longest)
                    if not is_last:
                        bound.reschedule(begun_at + settings.BODY_TIMEOUT_S + size / LEAST_RATE)
        except TimeoutError:
            raise ApiError(408) from None
        return b"".join(pieces)

    def close(self) -> None:
        taken, self._taken = self._taken, 0
        if taken:
            allowance.give_back(taken)

    async def _piece(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise RequestAborted
        return message.get("body", b""), not message.get("more_body", False)

    async def _take(self, longest: int | None) -> None:
        """Asks for room for all that may come. Reading waits meanwhile, so the kernel slows the client down."""
        size = self._length if self._length is not None else longest or SMALL
        try:
            async with asyncio.timeout(settings.BODY_TIMEOUT_S / 2):
                await allowance.take(size)
        except TimeoutError:
            message = "Too many large requests at once; try again."
            raise ApiError(503, "overloaded", message, headers=retry_after(1)) from None
        self._taken = size
