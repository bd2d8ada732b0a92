"""Django's ASGI handler with an intake: it reads a body into memory only when the header has been judged.

Django's own reads every body whole, into a file when it is large, before anything looks at the request.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.urls import ResolverMatch

from djobea.intake.admission import FORM_BYTES, announced_length, announces_body, refusal
from djobea.intake.body import BodyReader
from djobea.intake.header import is_too_long, send_error
from web.bodies.unread import mark_unread
from web.errors import ApiError


class Incoming:
    """A request on its way in: ASGI's `receive` and `send` for Django, with what the intake knows of it."""

    def __init__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        self.scope, self.receive, self._send = scope, receive, send
        self.created: Any = None
        self.reader: BodyReader | None = None
        self.is_unread = self._closes = False

    async def __call__(self) -> Any:
        """Waits until the client leaves. That is not noticed while a body is unread: those answers take no time."""
        if self.is_unread:
            await asyncio.get_running_loop().create_future()
        return await self.receive()

    async def send(self, message: Any) -> None:
        if self._closes and message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await self._send(message)

    async def body_of(self, request: HttpRequest) -> bytes:
        """The request's body; an empty one when it has none or is left unread. Raises RequestAborted."""
        if not announces_body(request):
            if (await self.receive())["type"] == "http.disconnect":
                raise RequestAborted
            return b""
        length = announced_length(request)
        error = await refusal(request, length)
        if error is None:
            self.reader = BodyReader(self.receive, length)
            try:
                return await self.reader.read()
            except ApiError as fault:
                error = fault
        self._leave_unread(request, error)
        return b""

    def _leave_unread(self, request: HttpRequest, reason: ApiError) -> None:
        """Ends the connection with the answer, unless the server can skip the rest of the body at no cost."""
        self.is_unread = True
        length = announced_length(request)
        self._closes = self.reader is not None or length is None or length > FORM_BYTES or "HTTP_EXPECT" in request.META
        mark_unread(request, reason)


class IntakeHandler(ASGIHandler):
    """Answers requests as Django's handler does; `web.middleware` answers those whose body is left unread."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if is_too_long(scope):
            await send_error(431, send)
            return
        incoming = Incoming(scope, receive, send)
        try:
            await self.serve(incoming)
        finally:
            if incoming.reader is not None:
                incoming.reader.close()

    async def serve(self, incoming: Incoming) -> None:
        """Has Django answer the request."""
        await super().__call__(incoming.scope, incoming, incoming.send)

    async def read_body(self, receive: Any) -> Any:
        """The body as a file in memory; an empty one when it is left unread. Raises RequestAborted."""
        incoming: Incoming = receive
        incoming.created = request, _ = super().create_request(incoming.scope, io.BytesIO())
        incoming.scope["djobea.incoming"] = incoming
        if request is None:
            incoming.is_unread = True
        else:
            request._stream = io.BytesIO(await incoming.body_of(request))
        return io.BytesIO()

    def create_request(self, scope: Any, body_file: Any) -> Any:
        """The request that `read_body` has made, with its body."""
        return scope.pop("djobea.incoming").created

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The view that the intake has found, else Django finds it."""
        return request.resolver_match or super().resolve_request(request)
