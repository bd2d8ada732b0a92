"""The HTTP client that every SDK is given: no environment, no redirects, no bound on connections but ours.

One SSL context is shared by the process (building one costs 0.1 s); clients are not.
"""

import functools
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx2

from llm.adapters.transport.aiohttp_transport import AiohttpTransport
from llm.adapters.transport.pool import Pool
from llm.core.addresses.reach import PUBLIC, Reach

KEEPALIVE_S = 30.0
"""Idle connections are dropped before the vendors' load balancers (60 s and more) drop them on us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorReply:
    """A vendor's answer with its body still to be read. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """The operating system's trust roots; SSL_CERT_FILE is honoured by OpenSSL itself."""
    return httpx2.create_ssl_context(trust_env=True)


def new_pool(reach: Reach) -> Pool:
    """The connections of one adapter, in one event loop. They go only to addresses within `reach`."""
    return Pool(ssl_context(), keepalive_s=KEEPALIVE_S, reach=reach)


def new_client(reach: Reach = PUBLIC) -> httpx2.AsyncClient:
    """A client with connections of its own, in one event loop. It connects only to addresses within `reach`."""
    return client_over(new_pool(reach))


def client_over(pool: Pool) -> httpx2.AsyncClient:
    """A client over `pool`; closing it closes the pool.

    A redirect is an error: google-genai would carry its key to the other host. Proxies and netrc
    from the environment are not read: its configuration alone says what a provider does.
    """
    return httpx2.AsyncClient(transport=AiohttpTransport(pool), trust_env=False, follow_redirects=False)


def timeouts(timeout_s: float, connect_timeout_s: float) -> httpx2.Timeout:
    """Bounds of single reads, not of a call: a call's deadline is the caller's `asyncio.timeout`."""
    return httpx2.Timeout(timeout_s, connect=min(connect_timeout_s, timeout_s))


def reply_of(response: httpx2.Response) -> VendorReply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return VendorReply(status=response.status_code, headers=headers, chunks=response.aiter_bytes())
