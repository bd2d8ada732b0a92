"""Content of kinds that no vendor here is sent: what it says is told as text, so that an old dialogue can go on."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST = 10_000
"""Characters of one piece of history. What the user says last is told whole."""
LONGEST_KIND = 40
DEEPEST = 12
"""Levels of a block that are read."""
BASE64 = re.compile(r"[A-Za-z0-9+/=_-]*")
ENCODED = re.compile(r"data:.*|[A-Za-z0-9+/=_-]{300,}", re.S)
"""Data URLs, and base64 that is too long for a word. Some scripts write long texts without a blank."""
OPAQUE = re.compile(r"(type|id|.*_id|signature|encrypted_.*|cache_control|citations|caller|media_type|mime_type)")
"""Fields that say nothing to a reader."""
SAYING = ("text", "content")
"""Fields that hold what is said, and not what is said of it."""
NAMES = ("server_name", "name", "tool_name", "filename")


def last_turn(roles: Sequence[object]) -> int:
    """The place of the first message in the user's last turn: all since the assistant spoke last.

    What the assistant says behind it is a beginning that the caller gave, and belongs to no turn of the user.
    """
    end = len(roles)
    while end and roles[end - 1] == "assistant":
        end -= 1
    while end and roles[end - 1] != "assistant":
        end -= 1
    return end


def label(kind: str) -> str:
    """The kind as a header can name it."""
    return re.sub(r"[^\w.-]", "_", kind[:LONGEST_KIND], flags=re.ASCII)


def says_something(item: Mapping[str, Any]) -> bool:
    """Whether there is text in it, beside names, titles and addresses."""
    texts = (text for name in SAYING for text in _said(_shallow(item.get(name))))
    return any(text.strip() and not ENCODED.fullmatch(text) for text in texts)


def told(item: Mapping[str, Any], longest: int | None = LONGEST) -> str:
    """What a block says, as text: `[server_tool_use web_search: {"query": "..."}]`. Plain text is told as it is."""
    if isinstance(text := item.get("text"), str) and text.strip():
        return text
    names = [str(item[name]) for name in NAMES if isinstance(item.get(name), str)]
    rest = {name: _shallow(value) for name, value in item.items() if name not in NAMES}
    given = [json.dumps(rest.pop("input"), ensure_ascii=False)] if rest.get("input") else []
    head = " ".join((label(str(item.get("type"))), *names))
    said = "; ".join((*given, *_readable(rest)))
    piece = f"{head}: {said}" if said else head
    if longest is not None and len(piece) > longest:
        piece = f"{piece[:longest]}…"
    return f"\n[{piece}]\n"


def _shallow(value: Any, depth: int = DEEPEST) -> Any:
    """The value without what lies deeper, which could be deep enough to break what reads it."""
    if isinstance(value, dict):
        return {name: _shallow(item, depth - 1) for name, item in value.items()} if depth else "…"
    if isinstance(value, list):
        return [_shallow(item, depth - 1) for item in value] if depth else "…"
    return value


def _said(value: object) -> Iterator[str]:
    """The texts of a value: strings, and what stands under `SAYING` in objects."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _said(item) if isinstance(item, dict) else ()
    elif isinstance(value, dict):
        for name in SAYING:
            yield from _said(value.get(name))


def _readable(value: object) -> Iterator[str]:
    """All strings of a value that a reader understands, in their order."""
    if isinstance(value, str):
        if value.strip() and not ENCODED.fullmatch(value):
            yield value.strip()
    elif isinstance(value, list):
        for item in value:
            yield from _readable(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            is_encoded = name == "data" and isinstance(item, str) and BASE64.fullmatch(item)
            if not is_encoded and not OPAQUE.fullmatch(name):
                yield from _readable(item)
