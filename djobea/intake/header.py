"""Bounds on a request's header that hold under any server: the number of its lines and their length together."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from llm.ids import uuid7
from web.errors import ApiError, own_body


def is_too_long(scope: dict[str, Any]) -> bool:
    """Whether an ASGI scope has more than MAX_HEADERS lines, or more than MAX_HEADER_BYTES in them and the target."""
    headers = scope["headers"]
    if len(headers) > settings.MAX_HEADERS:
        return True
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    return size + sum(len(name) + len(value) for name, value in headers) > settings.MAX_HEADER_BYTES


def error_body(status: int) -> tuple[bytes, str]:
    """The JSON of an error without a request, and the id that it bears."""
    request_id = str(uuid7())
    return json.dumps(own_body(ApiError(status), request_id)).encode(), request_id


async def send_error(status: int, send: Callable[[Any], Awaitable[None]]) -> None:
    """Answers without Django, and ends the connection."""
    body, request_id = error_body(status)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
