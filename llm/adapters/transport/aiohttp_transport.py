"""An httpx2 transport over aiohttp: the SDKs keep their client, the bytes travel at half the CPU.

Knows HTTP only. Every failure of aiohttp becomes the httpx2 exception that says the same.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import aiohttp
import httpx2
from yarl import URL

from llm.adapters.transport.bounded import bound_connections, unpacked, unpacked_headers
from llm.adapters.transport.error_body import with_bounded_body
from llm.adapters.transport.guard import guarded_sockets
from llm.core.addresses.reach import Reach

FAILURES: tuple[tuple[type[Exception], type[httpx2.RequestError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (aiohttp.SocketTimeoutError, httpx2.ReadTimeout),
    (aiohttp.ServerTimeoutError, httpx2.ReadTimeout),
    (asyncio.TimeoutError, httpx2.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ClientPayloadError, httpx2.RemoteProtocolError),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (aiohttp.ClientResponseError, httpx2.RemoteProtocolError),
    (aiohttp.ClientError, httpx2.ReadError),
    (OSError, httpx2.ReadError),
)
"""The first that fits is the one: narrow classes stand above their parents."""
MAX_HEADER = 65_536
"""Bytes of one header: content policies of the vendors' edges pass aiohttp's own 8 KiB."""

last_response: ContextVar[httpx2.Response | None] = ContextVar("last_response", default=None)
"""The response to the last request of this context. SDKs lose it when its body breaks their reading."""


class Body(httpx2.AsyncByteStream):
    """The answer's bytes, unpacked in bounded steps."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with translated():
            coding = self._response.headers.get("Content-Encoding", "")
            async for piece in unpacked(self._response.content.iter_any(), coding):
                yield piece

    async def aclose(self) -> None:
        # Back to the pool after the whole body, closed otherwise: release alone would read on.
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """One pool of connections, made in the event loop of its first request."""

    def __init__(self, context: ssl.SSLContext, *, keepalive_s: float, reach: Reach) -> None:
        self._context = context
        self._reach = reach
        self._keepalive_s = keepalive_s
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        bounds = request.extensions.get("timeout", {})
        with translated():
            response = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),  # httpx2 has encoded it; twice would be wrong
                data=request.content or None,
                headers=request.headers.multi_items(),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=bounds.get("connect"), sock_read=bounds.get("read")
                ),
                allow_redirects=False,
            )
        headers = unpacked_headers(response.raw_headers)
        answer = httpx2.Response(response.status, headers=headers, stream=Body(response), request=request)
        if not answer.is_success:
            answer = await with_bounded_body(answer)
        last_response.set(answer)
        return answer

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                ssl=self._context,
                limit=0,
                keepalive_timeout=self._keepalive_s,
                ttl_dns_cache=60,
                socket_factory=guarded_sockets(self._reach),
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                max_line_size=MAX_HEADER,
                max_field_size=MAX_HEADER,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
            bound_connections(self._session.connector)
        return self._session


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError, ValueError) as error:
        for theirs, ours in FAILURES:
            if isinstance(error, theirs):
                raise ours(str(error) or type(error).__name__) from error
        raise
