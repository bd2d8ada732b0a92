"""Reads vendors' JSON without trusting it: the wrong type reads as nothing, never as an exception."""

import json
from math import isfinite
from typing import Any

import orjson

from llm.core.chat.json_text import is_deep

Json = dict[str, Any]
MAX_COUNT = 20_000_000
"""Tokens that one answer can report: twice the largest context window on the market (10 million)."""
MAX_BRACKETS = 200
"""Brackets up to which orjson reads a text. It reads 1,024 levels, more than `json` can write again."""
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER = b"0" * 19
"""Digits of a whole number that may need more than 64 bits. orjson reads a larger one as a float."""


def parse_object(data: bytes | str) -> Json | None:
    """The JSON object in `data`, or None when it holds anything else. NaN and Infinity read as null."""
    try:
        value = _read(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _read(data: bytes | str) -> Any:
    """The value by orjson where that gives what `json` gives; `json` reads the rest, and raises for what is no JSON."""
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if content.count(b"{") + content.count(b"[") <= MAX_BRACKETS and _LONG_NUMBER not in content.translate(_DIGITS):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass  # NaN, 1e400, half of a pair, UTF-16 or no JSON at all
    return json.loads(data, parse_constant=lambda _: None, parse_float=_finite)


def _finite(written: str) -> float | None:
    """The number; None for one that is infinite once it is read, such as 1e400."""
    number = float(written)
    return number if isfinite(number) else None


def obj(source: Any, key: str) -> Json:
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, dict) else {}


def items(source: Any, key: str) -> list[Json]:
    """The objects in the list under `key`; other values are skipped."""
    value = source.get(key) if isinstance(source, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(source: Any, key: str) -> str:
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, str) else ""


def count(source: Any, key: str) -> int:
    """A number of tokens: 0 when it is missing, negative, above MAX_COUNT or no number."""
    value = source.get(key) if isinstance(source, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0
    return int(value) if 0 <= value <= MAX_COUNT else 0


def arguments_object(written: str) -> Json:
    """A tool call's arguments as the object that Claude and Gemini want in a history.

    What the model wrote without being an object is kept under "arguments", so nothing is lost.
    """
    if not written.strip():
        return {}
    found = None if is_deep(written) else parse_object(written)
    return {"arguments": written} if found is None else found
