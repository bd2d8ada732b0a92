"""The connections to one vendor account: kept for reuse, judged by address, bounded in what they receive."""

import ssl

import aiohttp

from llm.adapters.transport.framing import bound_connections
from llm.adapters.transport.guard import guarded_sockets
from llm.core.addresses.reach import Reach

MAX_HEADER = 65_536
"""Bytes of one header: content policies of the vendors' edges pass aiohttp's own 8 KiB."""


class Pool:
    """One pool of connections, made in the event loop of its first request."""

    def __init__(self, context: ssl.SSLContext, *, keepalive_s: float, reach: Reach) -> None:
        self._context = context
        self._reach = reach
        self._keepalive_s = keepalive_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
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

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def let_go(response: aiohttp.ClientResponse) -> None:
    """Returns the connection to the pool after a whole body and closes it otherwise: release alone would read on."""
    if response.content.at_eof():
        response.release()
    else:
        response.close()
