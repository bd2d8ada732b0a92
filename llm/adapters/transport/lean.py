"""Carries a call as the vendor's SDK describes it, over the same connections, without the SDK on the way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from llm.adapters.transport.client import VendorReply
from llm.adapters.transport.description import Description
from llm.adapters.transport.error_body import bounded_body
from llm.adapters.transport.failures import TRANSLATED, translated, translation
from llm.adapters.transport.json_body import written
from llm.adapters.transport.lenient_json import Json
from llm.adapters.transport.pool import Pool, let_go
from llm.adapters.transport.unpacking import unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """An answer of any status but 2xx. `content` is the beginning of its body, unpacked."""

    status_code: int
    headers: dict[str, str]
    content: bytes


class CallRefused(Exception):
    """The vendor answered with any status but 2xx; `response` is its answer."""

    def __init__(self, response: ErrorAnswer) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.response = response


class Pieces:
    """The body as it comes off the network."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], Awaitable[bytes]]) -> None:
        self._read = read

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await self._read()
        except TRANSLATED as error:
            raise translation(error) from error
        if not piece:
            raise StopAsyncIteration
        return piece


@asynccontextmanager
async def carried(
    pool: Pool, description: Description, body: Json, *, timeout_s: float, connect_timeout_s: float
) -> AsyncIterator[VendorReply]:
    """Posts the body. Raises CallRefused, httpx2's exceptions, and ValueError for what JSON cannot say."""
    content = written(description.whole(body))
    with translated():
        response = await pool.session.request(
            description.method,
            description.url,
            data=content,
            headers=description.headers_for(content, timeout_s),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=min(connect_timeout_s, timeout_s), sock_read=timeout_s
            ),
            allow_redirects=False,
        )
    try:
        pieces, headers = _pieces(response), _headers(response)
        if not 200 <= response.status < 300:
            answer = ErrorAnswer(status_code=response.status, headers=headers, content=await bounded_body(pieces))
            raise CallRefused(answer)
        yield VendorReply(status=response.status, headers=headers, chunks=pieces)
    finally:
        let_go(response)


def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    pieces = Pieces(response.content.readany)
    coding = response.headers.get("Content-Encoding", "")
    return unpacked(pieces, coding) if coding else pieces


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Lower-case name -> value; of a header that comes twice both values, as httpx2 joins them."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        lowered, value = name.lower(), value if value.isascii() else _decoded(value)
        headers[lowered] = f"{headers[lowered]}, {value}" if lowered in headers else value
    return headers


def _decoded(value: str) -> str:
    """A value that is no ASCII. aiohttp keeps bytes that are no UTF-8 as halves of pairs."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
