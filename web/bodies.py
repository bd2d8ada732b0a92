"""Reads request bodies: JSON objects, and forms where an endpoint takes them."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from web.errors import ApiError

JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
TOO_DEEP = "The JSON is nested too deeply."


def read_bytes(request: HttpRequest) -> bytes:
    """The whole body. Raises ApiError 413 above DATA_UPLOAD_MAX_MEMORY_SIZE.

    Django compares only the Content-Length header with the limit, and a chunked body has none.
    """
    body = request.body
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is not None and len(body) > limit:
        raise ApiError(413)
    return body


def read_object(request: HttpRequest, *, form: bool = False) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object.

    With `form` also reads an HTML form, and JSON that is labelled as one, as `curl -d` does.
    Raises ApiError 400 (malformed), 413 (too large), 415 (another content type).
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


def parse_object(body: bytes) -> dict[str, Any]:
    """Parses a JSON object strictly (RFC 8259: no NaN, no half surrogates). Raises ApiError 400."""
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise ApiError(400, "invalid_json", "The body is not valid UTF-8.") from None
    except UnicodeEncodeError:
        raise ApiError(400, "invalid_json", "The JSON holds half of a surrogate pair.") from None
    except RecursionError:
        raise ApiError(400, "invalid_json", TOO_DEEP) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ApiError(400, "invalid_json", f"The body is not valid JSON: {error.msg} at {where}.") from None
    except ValueError as error:
        raise ApiError(400, "invalid_json", f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise ApiError(400, "invalid_json", "The body must be a JSON object.")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
