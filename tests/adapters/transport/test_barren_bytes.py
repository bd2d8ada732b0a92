"""A vendor whose bytes hold no content: interim answers, framing, compressed blocks, all without end."""

import asyncio
import gzip
import itertools
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import brotli
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import BaseConnector

from llm.adapters import build
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from tests.adapters.sockets import held_by_sockets
from tests.adapters.wires import account, recorded

REQUEST = ChatRequest(messages=(message(Role.USER, "Bonjour"),), max_tokens=64)
KINDS = ("claude", "gemini", "openai")
PIECE = 65_536
MOST_SENT = 8 * 1024 * 1024 + held_by_sockets()
"""Bytes that the vendor may get rid of: what is read, and what the sockets hold."""
WITHOUT_END = 2 * MOST_SENT
"""Bytes: more than a vendor may get rid of."""
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
by_kind = pytest.mark.parametrize("kind", KINDS)


def head(status: int, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} Hostile", "content-type: text/event-stream", *lines, "", ""]).encode()


def packed_beginning() -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return packer.compress(b"data: {}\n\n") + packer.flush(zlib.Z_FULL_FLUSH)


GZIP = head(200, content_encoding="gzip", connection="close")
ATTACKS = {
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n"),
    "zeros of a chunk's size": (head(200, transfer_encoding="chunked"), b"0"),
    "chunks of one byte": (head(200, transfer_encoding="chunked"), b"1\r\n \r\n"),
    "empty blocks of gzip": (GZIP + packed_beginning(), EMPTY_BLOCK),
    "bytes after the end of gzip": (GZIP + gzip.compress(b"data: {}\n\n"), b"j"),
    "bytes after the end of brotli": (
        head(200, content_encoding="br", connection="close") + brotli.compress(b"data: {}\n\n"),
        b"j",
    ),
}


class Vendor:
    """Sends a beginning and then the same bytes again and again, up to WITHOUT_END."""

    def __init__(self, beginning: bytes, again: bytes) -> None:
        self.beginning = beginning
        self.piece = again * (PIECE // max(1, len(again)))
        self.sent = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            for piece in self.pieces():
                writer.write(piece)
                await writer.drain()
                self.sent += len(piece)
        writer.close()

    def pieces(self) -> Iterator[bytes]:
        yield self.beginning
        yield from itertools.repeat(self.piece, WITHOUT_END // PIECE)


@asynccontextmanager
async def serving(vendor: Vendor) -> AsyncIterator[str]:
    async with await asyncio.start_server(vendor.serve, "127.0.0.1", 0, limit=2**20) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def failure_of(kind: str, vendor: Vendor, *, stream: bool) -> Failure | None:
    async def ask() -> Failure | None:
        async with serving(vendor) as url:
            adapter = build(account(kind, f"{url}/{kind}"))
            try:
                if stream:
                    async for _ in adapter.stream(REQUEST, timeout_s=5):
                        pass
                else:
                    await adapter.complete(REQUEST, timeout_s=5)
            except ProviderError as error:
                return error.failure
            finally:
                await adapter.close()
        return None

    return asyncio.run(ask())


@by_kind
@pytest.mark.parametrize("name", ATTACKS)
def test_bytes_without_content_end_in_a_bad_response(kind: str, name: str) -> None:
    for stream in (True, False):
        vendor = Vendor(*ATTACKS[name])
        failure = failure_of(kind, vendor, stream=stream)
        assert failure is not None
        assert failure.error_class is ErrorClass.BAD_RESPONSE, failure
        assert vendor.sent < MOST_SENT


@by_kind
@pytest.mark.parametrize("coding", ["gzip", "deflate", "deflate without a header", "br", "utf-8"])
def test_an_answer_is_unpacked_from_each_coding(kind: str, coding: str) -> None:
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    content = recorded(kind, "ok").body
    packed = {
        "gzip": gzip.compress(content),
        "deflate": zlib.compress(content),
        "deflate without a header": raw.compress(content) + raw.flush(),
        "br": brotli.compress(content),
        "utf-8": content,
    }[coding]
    answer = head(200, content_encoding=coding.split(" ")[0], content_length=str(len(packed))) + packed

    async def ask() -> str:
        vendor = Vendor(answer, b"")
        vendor.pieces = lambda: iter((answer,))  # type: ignore[method-assign]
        async with serving(vendor) as url:
            adapter = build(account(kind, f"{url}/{kind}"))
            try:
                return (await adapter.complete(REQUEST, timeout_s=5)).text
            finally:
                await adapter.close()

    assert asyncio.run(ask()) == "Bonjour, je cherche un plombier à Douala."


def test_the_private_names_of_aiohttp_are_where_they_were() -> None:
    async def names() -> tuple[bool, bool]:
        loop = asyncio.get_running_loop()
        return hasattr(BaseConnector(), "_factory"), hasattr(ResponseHandler(loop), "_payload")

    assert asyncio.run(names()) == (True, True)
