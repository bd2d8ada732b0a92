"""What the hostile vendor sends, in each vendor's protocol: a header and an endless body, in pieces of 64 KiB."""

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

PIECE = 65_536
BOMB = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One answer. `body` yields pieces of one kind's protocol, for ever or until it has made its point."""

    name: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Callable[[str], Iterator[bytes]]
    stream: bool = False
    """Whether the caller asks for a stream."""


def text_delta(kind: str, text: str) -> bytes:
    """An event with a piece of text."""
    match kind:
        case "claude":
            return _event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
        case "gemini":
            return _data({"candidates": [{"content": {"parts": [{"text": text}]}, "index": 0}]})
        case _:
            return _data({"choices": [{"index": 0, "delta": {"content": text}}]})


def call_delta(kind: str, index: int, name: str, arguments: str) -> bytes:
    """An event with a piece of a tool call; with a name its first one. Gemini's calls come whole."""
    match kind:
        case "claude" if name:
            block = {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}}
            return _event("content_block_start", index=index, content_block=block)
        case "claude":
            delta = {"type": "input_json_delta", "partial_json": arguments}
            return _event("content_block_delta", index=index, delta=delta)
        case "gemini":
            part = {"functionCall": {"name": name or "look_up", "args": {"text": arguments}}}
            return _data({"candidates": [{"content": {"parts": [part]}, "index": 0}]})
        case _:
            function = {"name": name} if name else {"arguments": arguments}
            call: dict[str, object] = {"index": index, "id": f"call_{index}" if name else None, "function": function}
            return _data({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})


def opening(kind: str) -> bytes:
    """The events with which a stream of this kind begins."""
    if kind != "claude":
        return b""
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    return _event("message_start", message=message) + _event(
        "content_block_start", index=0, content_block={"type": "text", "text": ""}
    )


def _event(name: str, **fields: object) -> bytes:
    return f"event: {name}\n".encode() + _data({"type": name, **fields})


def _data(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _again(piece: bytes, before: Callable[[str], bytes] = lambda _: b"") -> Callable[[str], Iterator[bytes]]:
    """A body that says `piece` again and again, after `before`."""
    many = piece * max(1, PIECE // len(piece))

    def body(kind: str) -> Iterator[bytes]:
        yield before(kind)
        yield from itertools.repeat(many)

    return body


def _events(
    event: Callable[[str], bytes], first: Callable[[str], bytes] = lambda _: b""
) -> Callable[[str], Iterator[bytes]]:
    def body(kind: str) -> Iterator[bytes]:
        yield from _again(event(kind), lambda kind: opening(kind) + first(kind))(kind)

    return body


def _calls(kind: str) -> Iterator[bytes]:
    yield opening(kind)
    for first in itertools.count(1, 500):
        yield b"".join(call_delta(kind, index, "look_up", "") for index in range(first, first + 500))


@cache
def _packed(content: bytes, size: int) -> bytes:
    """`size` bytes of `content`, compressed by a thousand."""
    part = gzip.compress(content * (16 * 1024 * 1024 // len(content)))
    return part * (size // (16 * 1024 * 1024))


def _bomb(content: bytes) -> Callable[[str], Iterator[bytes]]:
    return lambda _: iter([_packed(content, BOMB)])


GZIP = {"content-encoding": "gzip"}
STREAMED = (
    Attack(name="one line without end", body=_again(b"x" * PIECE, lambda _: b"data: "), stream=True),
    Attack(name="data lines without a blank one", body=_again(b"data: x\n"), stream=True),
    Attack(name="text without end", body=_events(lambda kind: text_delta(kind, "mot ")), stream=True),
    Attack(name="large texts without end", body=_events(lambda kind: text_delta(kind, "mot " * 8000)), stream=True),
    Attack(name="blanks without end", body=_events(lambda kind: text_delta(kind, "  ")), stream=True),
    Attack(
        name="arguments without end",
        body=_events(lambda kind: call_delta(kind, 1, "", "[1, "), lambda kind: call_delta(kind, 1, "look_up", "")),
        stream=True,
    ),
    Attack(name="tool calls without end", body=_calls, stream=True),
    Attack(name="comments without end", body=_again(b": ping\n\n"), stream=True),
    Attack(name="blank lines without end", body=_again(b"\n"), stream=True),
    Attack(name="broken events without end", body=_again(b"data: {\n\n"), stream=True),
    Attack(name="values without end", body=lambda _: iter([b"data: [" + b"[]," * 300_000 + b"[]]\n\n"]), stream=True),
    Attack(name="compressed events", headers=GZIP, body=_bomb(b"data: {}\n\n      "), stream=True),
)
WHOLE = (
    Attack(name="status 500, 500 MB", status=500, body=_again(b"x" * PIECE)),
    Attack(name="status 400, 500 MB of JSON", status=400, body=_again(b"x" * PIECE, lambda _: b'{"error": "')),
    Attack(name="status 500, 1 GB compressed", status=500, headers=GZIP, body=_bomb(b" " * 16)),
    Attack(name="status 200, without end", body=_again(b"x" * PIECE, lambda _: b'{"text": "')),
    Attack(name="status 200, 1 GB compressed", headers=GZIP, body=_bomb(b" " * 16)),
    Attack(name="status 200, a million values", body=lambda _: iter([b"[" + b"[]," * 330_000 + b"[]]"])),
    Attack(name="JSON nested 200,000 deep", body=lambda _: iter([b"[" * 200_000])),
    Attack(name="a header of 200 KB", headers={"x-long": "x" * 200_000}, body=lambda _: iter([b"{}"])),
    Attack(name="1,000 headers", headers={f"x-{n}": "x" * 1000 for n in range(1000)}, body=lambda _: iter([b"{}"])),
)
ATTACKS = {attack.name: attack for attack in (*WHOLE, *STREAMED)}
