"""Reads request bodies: JSON objects, and forms where an endpoint takes them."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from web.bodies.content_encoding import decoded
from web.bodies.strict_json import parse_object
from web.errors import ApiError

JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


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
