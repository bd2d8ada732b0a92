"""Reads request bodies: JSON objects, and forms where an endpoint takes them."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest

from web.bodies.content_encoding import decoded
from web.bodies.strict_json import parse_object
from web.errors import ApiError

JSON = "application/json"
LARGE = 64 * 1024
"""Bytes of a body that are read on a thread. Smaller ones take less than a millisecond."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


Value = TypeVar("Value")


def read_bytes(request: HttpRequest) -> bytes:
    """The whole body, decompressed. Raises ApiError: 413 above DATA_UPLOAD_MAX_MEMORY_SIZE, 415 for its encoding.

    Django compares only the Content-Length header with the limit, and a chunked body has none.
    """
    body = request.body
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if codings := request.META.pop("HTTP_CONTENT_ENCODING", ""):
        # Kept in the request, so that Django's own readers find what the header now says.
        body = request._body = decoded(body, codings, longest=limit)
    if limit is not None and len(body) > limit:
        raise ApiError(413)
    return body


def read_object(request: HttpRequest, *, form: bool = False) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object.

    With `form` also reads an HTML form, and JSON that is labelled as one, as `curl -d` does.
    Raises ApiError 400 (malformed), 413 (too large), 415 (another content type or encoding).
    """
    parsed: dict[str, Any] | None = getattr(request, "_parsed_body", None)
    return _parsed(request, form) if parsed is None else parsed


async def read_ahead(request: HttpRequest, *, form: bool = False) -> None:
    """Parses a large body on a thread, so that others are answered meanwhile. `read_object` then has it at once.

    Raises what `read_object` raises.
    """
    if len(request.body) > LARGE:
        request._parsed_body = await asyncio.to_thread(read_object, request, form=form)  # type: ignore[attr-defined]


async def read_as(request: HttpRequest, read: Callable[[dict[str, Any]], Value]) -> Value:
    """What `read` makes of the body as a JSON object; on a thread for a large one."""
    if len(request.body) > LARGE:
        return await asyncio.to_thread(lambda: read(read_object(request)))
    return read(read_object(request))


def _parsed(request: HttpRequest, form: bool) -> dict[str, Any]:
    body = read_bytes(request)
    kind = (request.content_type or "").lower()
    is_form = kind in FORMS
    if not body and not is_form:
        return {}
    if kind in ("", JSON) or kind.endswith("+json"):
        return parse_object(body)
    if not (form and is_form):
        raise ApiError(415)
    if kind == FORMS[0] and body.lstrip()[:1] == b"{":
        return parse_object(body)
    return {name: values[-1] for name, values in request.POST.lists() if values}
