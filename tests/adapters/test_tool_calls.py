"""Tool calls as vendors send them, streamed and plain: what the pieces add up to is what the whole answer holds."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest

from llm.adapters.claude.response import ClaudeReader
from llm.adapters.openai.response import OpenAIReader
from llm.adapters.partial_response import Reader
from llm.core.chat.response import Alive, StreamEvent, TextDelta, ToolCallDelta

NOW = datetime(2026, 11, 23, tzinfo=UTC)
Calls = list[tuple[str, str, str]]
EMPTY = [("call_a", "now", "{}")]
TWO = [("call_a", "find", '{"q":"a"}'), ("call_b", "price", '{"q":"b"}')]


def function(name: str = "", arguments: Any = None, **place: Any) -> dict[str, Any]:
    written = {key: value for key, value in (("name", name), ("arguments", arguments)) if value not in ("", None)}
    return {**place, "type": "function", "function": written}


def openai(*pieces: dict[str, Any]) -> list[dict[str, Any]]:
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]} for piece in pieces]
    return [*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}]


def claude(*deltas: str) -> list[dict[str, Any]]:
    block = {"type": "tool_use", "id": "call_a", "name": "now", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": delta} for delta in deltas]
    return [
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": piece} for piece in pieces),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ]


def read(reader: Reader, events: list[dict[str, Any]]) -> tuple[Calls, Calls]:
    """The calls that the streamed pieces add up to, and those of the whole answer."""
    out: list[StreamEvent] = [made for event in events for made in reader.event(event)]
    out += reader.response.flush()
    pieces: dict[int, list[str]] = defaultdict(lambda: ["", "", ""])
    for event in out:
        if isinstance(event, ToolCallDelta):
            for place, value in enumerate((event.id, event.name, event.arguments)):
                pieces[event.index][place] += value or ""
    completion = reader.response.completion(asked_model="m", dropped=(), now=NOW)
    return (
        [(id, name, arguments) for _, (id, name, arguments) in sorted(pieces.items())],
        [(call.id, call.name, call.arguments) for call in completion.tool_calls],
    )


STREAMS: dict[str, tuple[type[Reader], list[dict[str, Any]], Calls]] = {
    "claude: no input delta": (ClaudeReader, claude(), EMPTY),
    "claude: an empty input delta": (ClaudeReader, claude(""), EMPTY),
    "openai: no arguments": (OpenAIReader, openai(function("now", index=0, id="call_a")), EMPTY),
    "openai: blank arguments": (OpenAIReader, openai(function("now", "", index=0, id="call_a")), EMPTY),
    "equal indexes, new ids": (
        OpenAIReader,
        openai(
            function("find", '{"q":"a"}', index=0, id="call_a"), function("price", '{"q":"b"}', index=0, id="call_b")
        ),
        TWO,
    ),
    "no indexes": (
        OpenAIReader,
        openai(
            function("find", '{"q":', id="call_a"), function("", '"a"}'), function("price", '{"q":"b"}', id="call_b")
        ),
        TWO,
    ),
    "an empty id goes on": (
        OpenAIReader,
        openai(
            function("find", '{"q":', id="call_a"),
            function("", '"a"}', id=""),
            function("price", '{"q":"b"}', id="call_b"),
        ),
        TWO,
    ),
    "indexes as text": (
        OpenAIReader,
        openai(
            function("find", '{"q":', index="0", id="call_a"),
            function("price", '{"q":"b"}', index="1", id="call_b"),
            function("", '"a"}', index="0"),
        ),
        TWO,
    ),
    "interleaved": (
        OpenAIReader,
        openai(
            function("find", "", index=0, id="call_a"),
            function("price", "", index=1, id="call_b"),
            function("", '{"q":', index=0),
            function("", '{"q":"b"}', index=1),
            function("", '"a"}', index=0),
        ),
        TWO,
    ),
    "the id again in every piece, without indexes": (
        OpenAIReader,
        openai(
            function("find", '{"q":', id="call_a"),
            function("price", '{"q":', id="call_b"),
            function("", '"a"}', id="call_a"),
            function("", '"b"}', id="call_b"),
        ),
        TWO,
    ),
    "arguments as an object": (
        OpenAIReader,
        openai(function("find", {"q": "obj"}, index=0, id="call_a")),
        [("call_a", "find", '{"q": "obj"}')],
    ),
    "half a character": (
        OpenAIReader,
        openai(
            function("find", '{"q": "caf\\ud8', index=0, id="call_a"),
            function("", '3d"}', index=0),
        ),
        [("call_a", "find", '{"q": "caf\\ufffd"}')],
    ),
    "a character cut in two": (
        OpenAIReader,
        openai(function("find", '{"q": "\ud83d', index=0, id="call_a"), function("", '\ude00"}', index=0)),
        [("call_a", "find", '{"q": "😀"}')],
    ),
}


@pytest.mark.parametrize("case", STREAMS)
def test_streamed_calls_are_told_apart_and_whole(case: str) -> None:
    reader, events, calls = STREAMS[case]
    assert read(reader(), events) == (calls, calls)


def test_a_half_at_the_end_of_a_text_is_replaced_in_the_stream_as_in_the_whole_answer() -> None:
    reader = OpenAIReader()
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("Bonjour ", "\ud83d")]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    out = [made for chunk in chunks for made in reader.event(chunk)] + list(reader.response.flush())
    text = "".join(event.text for event in out if isinstance(event, TextDelta))
    whole = reader.response.completion(asked_model="m", dropped=(), now=NOW).text
    assert text == whole == "Bonjour \ufffd"


def test_thinking_with_half_a_character_is_well_formed() -> None:
    reader = ClaudeReader()
    thinking = {"type": "thinking", "thinking": "x \ud83d", "signature": "s"}
    reader.whole({"content": [thinking, {"type": "text", "text": "Bonjour"}], "stop_reason": "end_turn"})
    (thought,) = reader.response.completion(asked_model="m", dropped=(), now=NOW).thinking
    assert thought.text == "x \ufffd"


def test_nothing_is_added_to_an_answer_that_is_whole() -> None:
    reader = OpenAIReader()
    for chunk in openai(function("find", '{"q":"a"}', index=0, id="call_a")):
        list(reader.event(chunk))
    assert [event for event in reader.response.flush() if not isinstance(event, Alive)] == []
