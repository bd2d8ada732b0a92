"""Counts the parts of a request's messages before any of them is read: they are bounded together."""

from collections.abc import Iterable
from typing import Any

from llm.api.chat.fields import bad

MAX_PARTS = 10_000
"""Five for each of the 2,000 messages that a request may have. Reading so many takes some 50 ms."""


def refuse_many_parts(lists: Iterable[tuple[str, Any]]) -> None:
    """Raises ApiError 400 that names the list in which the parts become too many.

    `lists` are pairs of a field's path and its value. Parts within parts, as in a tool's result, count too.
    """
    total = 0
    for path, value in lists:
        if isinstance(value, list):
            total += _count(value)
            if total > MAX_PARTS:
                raise bad(path, f"At most {MAX_PARTS:,} parts are allowed in all messages together.")


def lists_of(messages: list[Any], path: str) -> Iterable[tuple[str, Any]]:
    """Each list in each message with its path; `path` is that of a message, with {} for its place."""
    return (
        (f"{path.format(place)}.{name}", value)
        for place, message in enumerate(messages)
        if isinstance(message, dict)
        for name, value in message.items()
        if isinstance(value, list)
    )


def _count(parts: list[Any]) -> int:
    """The parts with those inside of them; just above `MAX_PARTS` it stops."""
    count, ahead = 0, [parts]
    while ahead:
        inner = ahead.pop()
        count += len(inner)
        if count > MAX_PARTS:
            break
        for part in inner:
            if isinstance(part, dict):
                source = part.get("source")
                contents = (part.get("content"), source.get("content") if isinstance(source, dict) else None)
                ahead += [content for content in contents if isinstance(content, list)]
    return count
