"""The ASGI entry point, by which the product is served: answers take seconds and streams take longer.

A request with a key of its own takes the API's chain of middleware, by the short door where it has one; others take
Django's whole chain.
Measured: docs/decisions.md.
"""

import asyncio
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
django.setup(set_prefix=False)

from djobea.api_handler import ApiHandler, takes_api_chain  # noqa: E402  Django must be set up first
from djobea.intake.handler import IntakeHandler  # noqa: E402
from djobea.short_door import ShortDoor, route_of  # noqa: E402
from llm.services.metrics import beat  # noqa: E402
from llm.services.runtime import shut_down, warm_up  # noqa: E402
from llm.services.tracing.export import exporter  # noqa: E402
from web import draining  # noqa: E402

_pages_handler, _api_handler, _short_door = IntakeHandler(), ApiHandler(), ShortDoor()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Dispatches lifespan events and requests."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    if scope["type"] == "http":
        await draining.serve(handler_of(scope), scope, receive, send)
    else:
        await _pages_handler(scope, receive, send)


def handler_of(scope: Any) -> IntakeHandler:
    """Who answers an ASGI HTTP scope."""
    if not takes_api_chain(scope):
        return _pages_handler
    return _api_handler if route_of(scope["path"]) is None else _short_door


async def _lifespan(receive: Any, send: Any) -> None:
    """Starts and stops the gateway with the server, by ASGI's lifespan protocol, which Django lacks.

    The server accepts callers after the start: what the first answer needs is loaded then.
    """
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await warm_up()
            beat.start()
            await asyncio.to_thread(exporter.start)
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            beat.stop()
            await shut_down()
            await asyncio.to_thread(exporter.stop)
            await send({"type": "lifespan.shutdown.complete"})
            return
