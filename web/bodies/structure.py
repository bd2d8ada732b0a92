"""Looks at JSON text before it is parsed: how deeply it nests, how many values it holds.

It takes 1 to 8 ms a megabyte.
"""

import re
from dataclasses import dataclass

DEEPEST = 200
"""Levels of nesting. Real schemas stay below 50; JSON writers on the way give up between 500 and 1,000."""
MAX_VALUES = 250_000
"""Of lists, objects and commas: parsing so many takes 0.1 s. 2,000 messages and 1,000 tools together stay below it."""
PIECE = 65_536
"""Bytes looked at in one go. Between two pieces other threads run."""

_BACKSLASHES = re.compile(rb"\\*.?", re.DOTALL)
_REST_OF_TEXT = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_TOKENS = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"|[{}\[\]]', re.DOTALL)
_NO_MARKS = bytes(set(range(256)) - set(b"{}[],"))
_OPENING = frozenset(b"{[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """What is too much, and the field of the top level that holds it; "" where the text is no object."""

    field: str
    is_deep: bool


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where a piece begins: its offset, its depth, and whether it begins inside of a text."""

    offset: int = 0
    depth: int = 0
    in_text: bool = False


def excess_of(body: bytes) -> Excess | None:
    """What is beyond `DEEPEST` or `MAX_VALUES`, the first of them; None for a body within both. It need not be JSON."""
    opening = body.count(b"{") + body.count(b"[")
    if opening <= DEEPEST and opening + body.count(b",") <= MAX_VALUES:
        return None
    at, top, values = _Place(), _Place(), 0
    while at.offset < len(body):
        if at.depth <= 1:
            top = at
        marks, at = _marks(body, at)
        values += marks.count(b"{") + marks.count(b"[") + marks.count(b",")
        if values > MAX_VALUES:
            return Excess(field=_field(body, top), is_deep=False)
        deepest, at.depth = _depths(marks, at.depth)
        if deepest > DEEPEST:
            return Excess(field=_field(body, top), is_deep=True)
    return None


def _marks(body: bytes, at: _Place) -> tuple[bytes, _Place]:
    """The brackets and commas outside of texts in the piece that begins at `at`, and the place where it ends."""
    end = at.offset + PIECE
    if body[end - 1 : end] == b"\\":  # a pair is not to be cut
        match = _BACKSLASHES.match(body, end)
        end = match.end() if match else end
    segments = body[at.offset : end].replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')
    outside = b"".join(segments[1 if at.in_text else 0 :: 2])
    in_text = at.in_text ^ (len(segments) % 2 == 0)
    return outside.translate(None, _NO_MARKS), _Place(offset=end, depth=at.depth, in_text=in_text)


def _depths(marks: bytes, depth: int) -> tuple[int, int]:
    """The greatest depth within the piece, or an upper bound within `DEEPEST`; and the depth at its end."""
    brackets = marks.translate(None, b",")
    opening = brackets.count(b"{") + brackets.count(b"[")
    if depth + opening <= DEEPEST:
        return depth + opening, depth + opening - (len(brackets) - opening)
    deepest = depth
    for bracket in brackets:
        depth += 1 if bracket in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest, depth


def _field(body: bytes, top: _Place) -> str:
    """The last field of the top level in the piece that begins at `top`, and in the next one."""
    start, end = top.offset, top.offset + 2 * PIECE
    if top.in_text and (rest := _REST_OF_TEXT.match(body, start, end)):
        start = rest.end()
    depth, field = top.depth, b""
    for token in _TOKENS.finditer(body, start, end):
        if token[1] is not None:
            field = token[1] if depth == 1 else field
        elif token[0][0] in _OPENING:
            depth += 1
            if depth > DEEPEST:
                break
        else:
            depth -= 1
    return field.decode("utf-8", "replace")
