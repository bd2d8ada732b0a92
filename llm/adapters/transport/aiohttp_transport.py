"""An httpx2 transport over aiohttp: the SDKs keep their client, the bytes travel at half the CPU.

Knows HTTP only. Every failure of aiohttp becomes the httpx2 exception that says the same.
"""

from collections.abc import AsyncIterator
from contextvars import ContextVar

import aiohttp
import httpx2
from yarl import URL

from llm.adapters.transport.error_body import with_bounded_body
from llm.adapters.transport.failures import translated
from llm.adapters.transport.pool import Pool, let_go
from llm.adapters.transport.unpacking import unpacked, unpacked_headers
from llm.trace_headers import outgoing

last_response: ContextVar[httpx2.Response | None] = ContextVar("last_response", default=None)
"""The response to the last request of this context. SDKs lose it when its body breaks their reading."""
recording: ContextVar[list[httpx2.Request] | None] = ContextVar("recording", default=None)
"""Where the requests of this context go in place of the network."""


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
        let_go(self._response)


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Sends through a pool of connections; records instead what is to be `recording`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if (recorded := recording.get()) is not None:
            recorded.append(request)
            return httpx2.Response(200, content=b"{}", request=request)
        bounds = request.extensions.get("timeout", {})
        with translated():
            response = await self._pool.session.request(
                request.method,
                URL(str(request.url), encoded=True),  # httpx2 has encoded it; twice would be wrong
                data=request.content or None,
                headers=[*request.headers.multi_items(), *outgoing.get().items()],
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
        await self._pool.close()
