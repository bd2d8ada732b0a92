"""uvicorn's server with a drain: what is open when it stops is answered, or told that it will not be."""

import asyncio
import socket
import time
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn

from web import draining

log = structlog.get_logger(__name__)

POLL_S = 0.1
READ_S = 4.0
"""How long callers may take to read what they are told. Then their requests are ended."""


class DrainingServer(uvicorn.Server):
    """Stops at SIGTERM or SIGINT, once the open requests are answered or `drain_s` seconds are over.

    A second signal ends the drain at once. `on_beat` is called ten times a second while the server works, `on_drain`
    when it stops accepting.
    """

    def __init__(
        self, config: uvicorn.Config, drain_s: float, *, on_beat: Callable[[], None], on_drain: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._drain_s = drain_s
        self._on_beat = on_beat
        self._on_drain = on_drain
        self._hurried = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """uvicorn's handler of the two signals. uvicorn would raise them again at its end, which skips our own."""
        self._hurried = self.should_exit
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        self._on_beat()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drains, then ends the application. Also for callers who read nothing it takes a limited time."""
        self._on_drain()
        telling = asyncio.create_task(self._tell())
        try:
            await super().shutdown(sockets)
        finally:
            telling.cancel()

    async def _tell(self) -> None:
        """Waits until the drain time is over, then tells who is still there."""
        until = time.monotonic() + self._drain_s
        while time.monotonic() < until and not self._hurried:
            await asyncio.sleep(POLL_S)
        told = draining.interrupt()
        log.warning("open_requests_interrupted", count=told, after_s=self._drain_s, hurried=self._hurried)
        await asyncio.sleep(READ_S)
        draining.leave()
