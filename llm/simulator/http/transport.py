"""What is done to a connection below HTTP: holding it open without a word, closing it early, resetting it."""

import asyncio
import socket
import struct

from aiohttp import web

_LINGER_OFF_AT_ONCE = struct.pack("ii", 1, 0)


class Connection:
    """One caller's connection. `closing` is set when the whole simulator stops, so that nothing is held
    for ever."""

    def __init__(self, request: web.Request, closing: asyncio.Event) -> None:
        self._request = request
        self._closing = closing
        self.broken = False

    async def hold(self) -> None:
        """Says nothing until the caller leaves (then the handler is cancelled) or the simulator stops."""
        await self._closing.wait()
        self.reset()

    def close(self) -> None:
        """An orderly end of the connection (FIN) wherever the answer happens to be; what was written still
        goes out."""
        self.broken = True
        if self._request.transport is not None:
            self._request.transport.close()

    def reset(self) -> None:
        """A TCP reset: zero linger makes the kernel send RST in place of FIN."""
        self.broken = True
        transport = self._request.transport
        if transport is None:
            return
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF_AT_ONCE)
        transport.abort()
