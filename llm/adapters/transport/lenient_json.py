"""Reads vendors' JSON without trusting it: the wrong type reads as nothing, never as an exception."""

import json
from typing import Any

Json = dict[str, Any]


def parse_object(data: bytes | str) -> Json | None:
    """The JSON object in `data`, or None when it holds anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def obj(source: Any, key: str) -> Json:
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, dict) else {}


def items(source: Any, key: str) -> list[Json]:
    """The objects in the list under `key`; what is no object is passed over."""
    value = source.get(key) if isinstance(source, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(source: Any, key: str) -> str:
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, str) else ""


def count(source: Any, key: str) -> int:
    """A number of tokens: 0 when it is missing, negative or no number."""
    value = source.get(key) if isinstance(source, dict) else None
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12 else 0


def arguments_object(written: str) -> Json:
    """A tool call's arguments as the object that Claude and Gemini want in a history.

    What the model wrote without being an object is kept under "arguments", so nothing is lost.
    """
    if not written.strip():
        return {}
    found = parse_object(written)
    return {"arguments": written} if found is None else found
