"""Undoes the compression of an answer in bounded steps."""

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import brotli
import httpx2

STEP = 65_536
"""Bytes that come out of compression at a time."""
MAX_BARREN = 65_536
"""Compressed bytes that bring nothing out; an ordinary block brings something out within its first kilobytes."""

CODINGS = ("gzip", "deflate", "br")


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
    """What undoes the coding in the header. Codings that were not asked for are taken for none, as httpx2 does."""
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
