"""The product as it is without the short door: Django's handler answers all requests."""

from typing import Any

from djobea import asgi
from djobea.api_handler import takes_api_chain
from web import draining


async def application(scope: Any, receive: Any, send: Any) -> None:
    handler = asgi._api_handler if takes_api_chain(scope) else asgi._pages_handler
    await draining.serve(handler, scope, receive, send)
