"""Writes the JSON body of a request to a vendor: once, as UTF-8, without blanks."""

import json

import orjson

from llm.adapters.transport.lenient_json import Json


def written(body: Json) -> bytes:
    """The body's bytes. Raises ValueError for half of a surrogate pair, RecursionError for very deep nesting.

    NaN becomes null, so numbers are checked before. `json` writes what orjson does not: integers over 64 bits, and
    nesting over 254 levels.
    """
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
