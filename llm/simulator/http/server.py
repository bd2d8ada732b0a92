"""Puts the simulator behind a port: the aiohttp application and the coroutine that serves it. `running.py`
runs it in a thread."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from llm.simulator.accounts.state import VendorAccounts
from llm.simulator.billing.handlers import Reports
from llm.simulator.http.control import Control
from llm.simulator.http.dispatch import Dispatcher

_LARGEST_REQUEST = 64 * 1024 * 1024
_BACKLOG = 4096
_OPEN_FILES = 65_536
_GRACE_S = 0.2


def build_app(world: VendorAccounts, closing: asyncio.Event) -> web.Application:
    """Control API first, then every other path as a vendor's. Setting `closing` lets go of held
    connections."""
    app = web.Application(client_max_size=_LARGEST_REQUEST)
    app.add_routes(Control(world).routes())
    app.add_routes(Reports(world).routes())
    app.router.add_route("*", "/{path:.*}", Dispatcher(world, closing).handle)
    return app


@contextlib.asynccontextmanager
async def listening(world: VendorAccounts, host: str, port: int) -> AsyncIterator[int]:
    """Serves while the context is open and gives the port, a free one when 0 was asked for. Raises
    OSError."""
    raise_open_file_limit()
    closing = asyncio.Event()
    runner = web.AppRunner(
        build_app(world, closing),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=_GRACE_S,
        handle_signals=False,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=_BACKLOG, reuse_address=True)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        closing.set()
        await runner.cleanup()


async def serve(host: str, port: int, ready: Callable[[int], None] | None = None) -> None:
    """Serves until cancelled; `ready` is told the port. Raises OSError when the port is taken."""
    async with listening(VendorAccounts(), host, port) as bound:
        if ready:
            ready(bound)
        await asyncio.Event().wait()


def raise_open_file_limit() -> None:
    """A thousand streams need a thousand sockets, more than the usual soft limit of 1024 files allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
