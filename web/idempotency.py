"""The `Idempotency-Key` header: repeated and concurrent requests get one answer from one vendor call.

See draft-ietf-httpapi-idempotency-key-header. Which answers are kept: `llm.idempotency.keys`.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from llm.idempotency.claims import ActiveClaim, KeyBusy, KeyReused, claim
from llm.idempotency.keys import LONGEST_KEY, MOST_BYTES, KeptAnswer, Scope, fingerprint, is_kept, is_key, kept_headers
from llm.services.access.consumers import Consumer
from web.bodies.read import LARGE
from web.errors import ApiError, bad_field, error_response, retry_after
from web.headers import DEGRADED
from web.sse import stream as event_stream
from web.sse.stream import CONTENT_TYPE, KEEP_ALIVE, EventStream

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

Answering = Callable[[], Awaitable[HttpResponseBase]]
Claiming = Awaitable[ActiveClaim | KeptAnswer | None]


def key_of(request: HttpRequest) -> str | None:
    """The request's key, None without one. Raises ApiError 400 for a malformed key."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or is_key(key):
        return key
    raise bad_field(HEADER, f"Must be 1 to {LONGEST_KEY} visible ASCII characters.")


async def answered_once(
    request: HttpRequest, consumer: Consumer, key: str, body: Mapping[str, Any], answer: Answering
) -> HttpResponseBase:
    """The kept response of an earlier request with this key, else that of `answer`.

    `answer` must convert its errors to responses; only cancellation may leave it. Raises ApiError: 422 when the
    key came with another body, 409 when the first request does not end in time. A stream that waits for
    another request begins after `KEEP_ALIVE_S`, like one that waits for a vendor.
    """
    is_large = len(request.body) > LARGE
    mark = await asyncio.to_thread(fingerprint, body) if is_large else fingerprint(body)
    claiming = claim(_scope(request, consumer, key), mark)
    if body.get("stream") is not True:
        return await _outcome(claiming, answer)
    waiting = asyncio.ensure_future(claiming)
    try:
        await asyncio.wait({waiting}, timeout=event_stream.KEEP_ALIVE_S)
    except asyncio.CancelledError:
        waiting.cancel()
        raise
    return await _outcome(waiting, answer) if waiting.done() else EventStream(_delayed_stream(request, waiting, answer))


async def _outcome(claiming: Claiming, answer: Answering) -> HttpResponseBase:
    try:
        outcome = await claiming
    except KeyReused:
        text = f"This {HEADER} was used with another request body within the last 24 hours; use a new one."
        raise ApiError(422, "idempotency_key_reused", text, param=HEADER) from None
    except KeyBusy:
        text = f"The first request with this {HEADER} is still being answered."
        raise ApiError(409, "idempotency_key_in_use", text, headers=retry_after(1), param=HEADER) from None
    if isinstance(outcome, KeptAnswer):
        return HttpResponse(outcome.body, status=outcome.status, headers={**outcome.headers, REPLAYED: "true"})
    if outcome is None:
        return await answer()
    try:
        response = await answer()
        await _keep(outcome, response)
    except BaseException:
        outcome.release()
        raise
    return response


async def _delayed_stream(
    request: HttpRequest, waiting: "asyncio.Future[ActiveClaim | KeptAnswer | None]", answer: Answering
) -> AsyncGenerator[bytes]:
    """The outcome inside a stream whose headers are sent. All our dialects' clients read this error event."""
    try:
        while not waiting.done():
            yield KEEP_ALIVE
            await asyncio.wait({waiting}, timeout=event_stream.KEEP_ALIVE_S)
        try:
            response = await _outcome(waiting, answer)
        except Exception as error:  # noqa: BLE001  as in `web.endpoint.endpoint`
            response = error_response(request, error)
        if isinstance(response, EventStream):
            async with aclosing(response.content_events) as events:
                async for event in events:
                    yield event
        elif isinstance(response, HttpResponse):
            kept = response.headers["Content-Type"] == CONTENT_TYPE
            yield response.content if kept else b"event: error\ndata: " + response.content + b"\n\n"
    finally:
        waiting.cancel()


async def _keep(held: ActiveClaim, response: HttpResponseBase) -> None:
    status, headers = response.status_code, kept_headers(dict(response.headers))
    degraded = response.headers.get(DEGRADED) == "true"

    async def keeper(body: bytes | None) -> None:
        if body is not None and is_kept(status, degraded=degraded, size=len(body)):
            await held.keep(KeptAnswer(status=status, headers=headers, body=body))
            return
        held.release()
        if body is not None and len(body) > MOST_BYTES:
            log.warning("idempotent_answer_too_long", bytes=len(body), meaning="a repeat is a new request")

    if isinstance(response, EventStream):
        response.capture.listen(keeper)
    else:
        await keeper(response.content if isinstance(response, HttpResponse) else None)


def _scope(request: HttpRequest, consumer: Consumer, key: str) -> Scope:
    who = f"key {consumer.key_id}" if consumer.key_id else "session"
    return Scope(user_id=consumer.user_id, consumer=who, path=request.path_info.rstrip("/"), key=key)
