"""The short door: answers the endpoints that wait on vendors without Django's way around a view.

It runs the same middleware and the same views as `ApiHandler`. It leaves out the resolver, the signals of a request's
beginning and end, their threads, and a task of its own for the view. Measured: docs/decisions.md.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import cache
from typing import Any
from uuid import UUID

from asgiref.sync import ThreadSensitiveContext
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from djobea.api_handler import ApiHandler
from djobea.intake.handler import Incoming
from web.sse.stream import EventStream

FIXED = ("openai-chat", "anthropic-messages", "suggestions-generate")
"""Names of routes whose address has no parts."""
MESSAGES = "conversation-messages"


def route_of(path: str) -> ResolverMatch | None:
    """The view of an address of the short door, as Django resolves it; None for other addresses."""
    if (match := _fixed().get(path)) is not None:
        return match
    before, after = _around_id()
    if path.startswith(before) and path.removesuffix("/").endswith(after):
        try:
            return resolve(path)
        except Resolver404:
            return None
    return None


@cache
def _fixed() -> dict[str, ResolverMatch]:
    return {path: resolve(path) for name in FIXED for path in (reverse(name), f"{reverse(name)}/")}


@cache
def _around_id() -> tuple[str, str]:
    """What stands before and after the id in the address of a conversation's messages."""
    before, after = reverse(MESSAGES, args=[UUID(int=0)]).split(str(UUID(int=0)))
    return before, after


class ShortDoor(ApiHandler):
    """A handler of requests with a route of `route_of`. The client's leaving cancels the view."""

    async def serve(self, incoming: Incoming) -> None:
        request: Any
        refusal: HttpResponseBase | None
        request, refusal = ASGIHandler.create_request(self, incoming.scope, io.BytesIO())
        if refusal is not None:
            incoming.is_unread = True
            await self.send_response(refusal, incoming.send)
            return
        request.resolver_match = route_of(incoming.scope["path"])
        try:
            request._body = await incoming.body_of(request)
        except RequestAborted:
            return
        async with ThreadSensitiveContext(), _Leaving(incoming):
            response = await self.get_response_async(request)
            await self.send_response(response, incoming.send)
        request.close()

    async def _get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The innermost step of the chain: the view, which answers its own exceptions."""
        view, _, parts = request.resolver_match  # type: ignore[misc]  # set in `serve`
        response: HttpResponseBase = await view(request, **parts)
        return response

    async def send_response(self, response: HttpResponseBase, send: Callable[[Any], Awaitable[None]]) -> None:
        """Sends streams without the generators that Django puts around them."""
        if not isinstance(response, EventStream):
            await super().send_response(response, send)
            return
        headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
        async with aclosing(response.content_events) as pieces:
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


class _Leaving:
    """Cancels the work within when the client leaves, and ends the cancellation there."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._is_over = self._has_left = False

    async def __aenter__(self) -> None:
        self._work = asyncio.current_task()
        self._listening: asyncio.Task[Any] = asyncio.create_task(self._incoming())
        self._listening.add_done_callback(self._cancel)

    def _cancel(self, listening: "asyncio.Task[Any]") -> None:
        if not self._is_over and not listening.cancelled() and self._work is not None:
            self._has_left = True
            self._work.cancel()

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        self._is_over = True
        self._listening.cancel()
        if not self._has_left or self._work is None:
            return False
        return self._work.uncancel() == 0 and kind is asyncio.CancelledError
