"""Cuts a caller's context object to a size that fits a prompt."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

MAX_CHARACTERS = 8_000
"""Of the whole context as JSON: about 2,300 tokens."""
MAX_DEPTH = 4
MAX_ENTRIES = 40
"""Keys of an object, or elements of a list."""
MAX_KEY = 100
MAX_STRING = 2_000
_CUT = "…"


def bounded(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context within all limits: leaves out entries that do not fit, and replaces what is too deep by "…".

    `quoted` of the answer has at most MAX_CHARACTERS characters and can be encoded as UTF-8.
    """
    kept: dict[str, Any] = {}
    left = MAX_CHARACTERS - len("{}")
    for key, value in _entries(_small(context, MAX_DEPTH)):
        # The two characters of its braces stand for the comma and the blank between entries.
        size = len(quoted({key: value}))
        if size <= left:
            kept[key] = value
            left -= size
    return kept


def quoted(value: Mapping[str, Any]) -> str:
    """JSON text in which no tag can be opened or closed."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")


def strings(context: Any) -> Iterator[str]:
    """Every string value in the bounded context."""
    if isinstance(context, str):
        yield context
    elif isinstance(context, dict):
        for value in context.values():
            yield from strings(value)
    elif isinstance(context, list):
        for value in context:
            yield from strings(value)


def _entries(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _small(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value, MAX_STRING)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        # JSON has no infinity and no NaN; a number of a thousand digits would fill the prompt.
        return value if math.isfinite(value) and abs(value) < 1e15 else _CUT
    if depth == 0 or not isinstance(value, Mapping | list | tuple):
        return _CUT
    if isinstance(value, Mapping):
        first = list(value.items())[:MAX_ENTRIES]
        return {_text(str(key), MAX_KEY): _small(part, depth - 1) for key, part in first}
    return [_small(part, depth - 1) for part in value[:MAX_ENTRIES]]


def _text(text: str, limit: int) -> str:
    # JSON may carry half of a surrogate pair, which no vendor's UTF-8 can.
    clean = text.encode("utf-8", "replace").decode()
    return clean if len(clean) <= limit else clean[: limit - 1] + _CUT
