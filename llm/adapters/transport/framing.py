"""Bounds what a connection receives without any content in it: interim answers and the framing of chunks.

No bound on content sees them. Beyond the bound the connection is closed, and reading raises.
"""

import asyncio
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

MAX_FRAMING = 131_072
"""Bytes around the body, interim answers (1xx) included: twice the longest header that is taken."""
FRAMING_PER_BYTE = 2
"""As many more for each byte of the body: the framing of a chunk, five bytes or more, may exceed its content."""
FED = 16_384
"""Bytes that are parsed at a time: the event loop reads 256 KiB, which may be ten thousand interim answers."""


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
