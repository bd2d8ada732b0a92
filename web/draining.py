"""The open requests of this process, and how a server that stops tells them so.

A server stops in two steps: it waits until the open requests are answered, then it calls `interrupt`. A stream ends
with an error event of its dialect, a request without an answer gets a 503; the calls are recorded as interrupted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from llm.services import shutdown
from web.bodies.write import json_bytes
from web.errors import ApiError, body_at, retry_after
from web.sse import relay

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

RETRY_AFTER_S = 2.0
"""A worker is replaced in less."""
DISCONNECT = {"type": "http.disconnect"}


def stopping_error() -> ApiError:
    """What callers are told whose answer could not be completed before the server stopped."""
    message = "The server is being stopped before the answer was complete. Send the request again."
    return ApiError(503, "shutting_down", message, headers=retry_after(RETRY_AFTER_S))


class OpenRequest:
    """One request between the server and its handler. Its methods belong to the event loop's thread."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._receiving: asyncio.Task[Any] | None = None
        self._begun = False
        self._left = False
        self._refusal: asyncio.Task[None] | None = None

    async def serve(self, handler: Handler) -> None:
        """Has the request answered: by `handler`, or by a 503 after `refuse`."""
        await handler(self._scope, self._next_message, self._pass_on)
        if self._refusal is not None:
            await self._refusal

    def refuse(self) -> None:
        """Answers with a 503 unless an answer has begun. The handler sees a caller who left, and ends."""
        if self._begun:
            return
        self._begun = True
        self._refusal = asyncio.get_running_loop().create_task(self._send_refusal())
        self.leave()

    def leave(self) -> None:
        """Ends the handler as if the caller had left."""
        self._left = True
        if self._receiving is not None:
            self._receiving.cancel()

    async def _next_message(self) -> Message:
        task = asyncio.current_task()
        if self._left or task is None:
            return DISCONNECT
        self._receiving = task
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if not self._left or task.uncancel() > 0:
                raise
            return DISCONNECT
        finally:
            self._receiving = None

    async def _pass_on(self, message: Message) -> None:
        if self._refusal is None:
            self._begun = True
            await self._send(message)

    async def _send_refusal(self) -> None:
        error = stopping_error()
        request_id = str(self._scope.get("request_id", ""))
        body = json_bytes(body_at(self._scope["path"], error, request_id))
        headers = {**error.headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
        if request_id:
            headers["X-Request-ID"] = request_id
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": error.status, "headers": encoded})
        await self._send({"type": "http.response.body", "body": body})


_open: set[OpenRequest] = set()


async def serve(handler: Handler, scope: Scope, receive: Receive, send: Send) -> None:
    """Passes an HTTP request to `handler`, and knows it as open meanwhile."""
    request = OpenRequest(scope, receive, send)
    _open.add(request)
    try:
        await request.serve(handler)
    finally:
        _open.discard(request)


def interrupt() -> int:
    """Ends all open requests with a word, and returns their number. Call it in the event loop's thread."""
    shutdown.interrupt()
    relay.interrupt_all(stopping_error)
    for request in tuple(_open):
        request.refuse()
    return len(_open)


def leave() -> None:
    """Ends the handlers that are still open: of callers who do not read what they are told."""
    for request in tuple(_open):
        request.leave()
