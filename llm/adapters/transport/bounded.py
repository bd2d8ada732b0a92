"""Bounds on an answer's bytes: what comes without any content in it, and compression in bounded steps.

A vendor may send interim answers, framing, or compressed blocks that hold nothing, all without end. No bound on content
sees them. Beyond these bounds the connection is closed, and reading raises.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import aiohttp
import brotli
import httpx2
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

MAX_FRAMING = 131_072
"""Bytes around the body, interim answers (1xx) included: twice the longest header that is taken."""
FRAMING_PER_BYTE = 2
"""As many more for each byte of the body: the framing of a chunk, five bytes or more, may exceed its content."""
FED = 16_384
"""Bytes that are parsed at a time: the event loop reads 256 KiB, which may be ten thousand interim answers."""
STEP = 65_536
"""Bytes that come out of compression at a time."""
MAX_BARREN = 65_536
"""Compressed bytes that bring nothing out; an ordinary block brings something out within its first kilobytes."""

CODINGS = ("gzip", "deflate", "br")


class BoundedHandler(ResponseHandler):
    """One connection's reader. Closes the connection of a vendor that sends framing and no content."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._received = 0
        self._body: aiohttp.StreamReader | None = None

    def set_response_params(self, **params: Any) -> None:
        """Begins an answer."""
        self._received, self._body = 0, None
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        if not data:
            super().data_received(data)
        for start in range(0, len(data), FED):
            if self.transport is None or self.transport.is_closing():
                return
            super().data_received(data[start : start + FED])
            self._received += min(FED, len(data) - start)
            self._check()

    def _check(self) -> None:
        """Ends the answer, as aiohttp ends one that it cannot parse, when it is mostly framing."""
        self._body = self._payload or self._body
        content = self._body.total_bytes if self._body is not None else 0
        if self._received <= MAX_FRAMING + (1 + FRAMING_PER_BYTE) * content:
            return
        if self.transport is not None:
            self.transport.close()
        message = f"{self._received} bytes with {content} bytes of content"
        if self._payload is not None:
            self._payload.set_exception(aiohttp.ClientPayloadError(message))
        self.set_exception(HttpProcessingError(code=400, message=message))


def bound_connections(connector: aiohttp.BaseConnector | None) -> None:
    """Makes the connector's later connections bounded. aiohttp has no public way to choose their reader."""
    if connector is not None:
        reader: Any = partial(BoundedHandler, loop=connector._loop)
        connector._factory = reader


def unpacked_headers(headers: tuple[tuple[bytes, bytes], ...]) -> list[tuple[bytes, bytes]]:
    """The headers of the body once it is unpacked."""
    return [(name, value) for name, value in headers if name.lower() != b"content-encoding"]


async def unpacked(pieces: AsyncIterator[bytes], coding: str) -> AsyncIterator[bytes]:
    """The body without its compression, STEP bytes at a time. Raises httpx2.DecodingError for what cannot be unpacked,
    and for MAX_BARREN bytes that bring nothing out, such as those after the compression's own end."""
    unpack, barren = _unpacker(coding), 0
    async for piece in pieces:
        barren += len(piece)
        try:
            for part in unpack(piece):
                barren = 0
                yield part
        except (zlib.error, brotli.error) as error:
            raise httpx2.DecodingError(str(error)) from error
        if barren > MAX_BARREN:
            raise httpx2.DecodingError(f"{barren} compressed bytes hold nothing")


def _unpacker(header: str) -> Callable[[bytes], Iterator[bytes]]:
    """What undoes the coding in the header. Codings that nobody asked for are taken for none, as httpx2 does."""
    codings = [coding for name in header.split(",") if (coding := name.strip().lower()) in CODINGS]
    if len(codings) > 1:
        raise httpx2.DecodingError(f"the answer is compressed {len(codings)} times")
    match codings:
        case ["br"]:
            return partial(_unpacked_brotli, brotli.Decompressor())
        case ["deflate"]:
            return Deflate().unpack
        case ["gzip"]:
            return partial(_inflated, zlib.decompressobj(zlib.MAX_WBITS | 16))
        case _:
            return lambda piece: iter((piece,))


class Deflate:
    """Unpacks deflate with the header of zlib, or without it, as some servers send it."""

    def __init__(self) -> None:
        self._inflater: Any = None

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        if self._inflater is None and piece:
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS if piece[0] & 0x0F == 8 else -zlib.MAX_WBITS)
        return _inflated(self._inflater, piece) if piece else iter(())


def _inflated(inflater: Any, piece: bytes) -> Iterator[bytes]:
    """What `piece` holds. Drops what follows the end: zlib would collect it for ever."""
    while piece and not inflater.eof:
        part = inflater.decompress(piece, STEP)
        piece = inflater.unconsumed_tail
        if part:
            yield part


def _unpacked_brotli(decompressor: Any, piece: bytes) -> Iterator[bytes]:
    if decompressor.is_finished():
        return
    part = decompressor.process(piece, output_buffer_limit=STEP)
    while part:
        yield part
        part = b"" if decompressor.is_finished() else decompressor.process(b"", output_buffer_limit=STEP)
