"""Reads the body of an error answer within bounds, before an SDK reads it whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2

MAX_BYTES = 64 * 1024
"""Decompressed. The longest error on record has 6 KB."""
MAX_S = 3.0
"""For the whole body. The status is known by then, and says most."""
FRAMING = (b"content-encoding", b"content-length", b"transfer-encoding")
"""Headers that describe the body on the wire."""


async def with_bounded_body(answer: httpx2.Response) -> httpx2.Response:
    """The answer with the beginning of its body in memory. Closes the connection unless the body ended by itself."""
    try:
        content = await bounded_body(answer.aiter_bytes())
    finally:
        await answer.aclose()
    headers = [(name, value) for name, value in answer.headers.raw if name.lower() not in FRAMING]
    return httpx2.Response(answer.status_code, headers=headers, content=content, request=answer.request)


async def bounded_body(pieces: AsyncIterator[bytes]) -> bytes:
    """The beginning of the body. One that breaks off, stalls or cannot be unpacked is kept as far as it came."""
    content = bytearray()
    with suppress(httpx2.TransportError, httpx2.DecodingError, TimeoutError):
        async with asyncio.timeout(MAX_S):
            async for piece in pieces:
                content += piece[: MAX_BYTES - len(content)]
                if len(content) == MAX_BYTES:
                    break
    return bytes(content)
