"""Writes JSON once, as UTF-8 without blanks: whole answers, and the data of events."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """The bytes of an object that holds what JSON knows; NaN becomes null.

    `json` writes what orjson does not: half of a surrogate pair, integers over 64 bits, nesting over 254 levels.
    Raises TypeError for a value that JSON does not know.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def json_response(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """An answer with a JSON body. Raises TypeError as `json_bytes` does."""
    return HttpResponse(json_bytes(body), status=status, headers=dict(headers or {}), content_type="application/json")
