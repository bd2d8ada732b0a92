"""Every failure of aiohttp as the httpx2 exception that says the same."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import httpx2

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
TRANSLATED = (aiohttp.ClientError, OSError, ValueError)
"""What aiohttp raises. Some of its errors are ValueErrors; `translation` tells them from others."""


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except TRANSLATED as error:
        raise translation(error) from error


def translation(error: Exception) -> Exception:
    """The httpx2 exception for an error of aiohttp; any other error itself."""
    for theirs, ours in FAILURES:
        if isinstance(error, theirs):
            return ours(str(error) or type(error).__name__)
    return error
