"""Holds a whole stream against its vendor's document: every event, and the order in which events may come."""

import json
import re
from typing import Any

from tests.api.documents.document import ANTHROPIC, OPENAI

DONE = "[DONE]"

ORDER = re.compile(r"message_start (content_block_start (content_block_delta )*content_block_stop )*end ")
"""https://platform.claude.com/docs/en/build-with-claude/streaming"""

DELTAS = {
    "text": {"text_delta"},
    "tool_use": {"input_json_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "redacted_thinking": set(),
}
"""The type of a block -> the types of the deltas that may follow."""


def data(stream: str) -> list[str]:
    """The data of the events, without comments."""
    return [line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: ")]


def assert_is_openais(stream: str, *, usage: bool) -> list[dict[str, Any]]:
    """The chunks. With `usage` the last one holds it, and every other says that it has none."""
    *lines, end = data(stream)
    assert end == DONE
    chunks = [json.loads(line) for line in lines]
    assert [OPENAI.faults("AnswerChunk", chunk) for chunk in chunks] == [[]] * len(chunks)
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    if usage:
        *said, last = chunks
        assert last["choices"] == []
        assert last["usage"] is not None
        assert all(chunk["usage"] is None for chunk in said)
    else:
        said = chunks
        assert not any("usage" in chunk for chunk in chunks)
    choices = [choice for chunk in said for choice in chunk["choices"]]
    assert len(choices) == len(said)
    assert choices[0]["delta"]["role"] == "assistant"
    assert [choice["finish_reason"] is None for choice in choices] == [True] * (len(choices) - 1) + [False]
    return chunks


def assert_is_anthropics(stream: str) -> list[dict[str, Any]]:
    """The events without pings, whose names stand before their data."""
    events = [json.loads(line) for line in data(stream)]
    names = [line.removeprefix("event: ") for line in stream.splitlines() if line.startswith("event: ")]
    assert names == [event["type"] for event in events]
    assert all(event == {"type": "ping"} for event in events if event["type"] == "ping")
    said = [event for event in events if event["type"] != "ping"]
    assert [ANTHROPIC.faults("AnswerEvent", event) for event in said] == [[]] * len(said)
    order = "".join(f"{event['type']} " for event in said).replace("message_delta message_stop", "end")
    assert ORDER.fullmatch(order), order
    _assert_blocks(said)
    return said


def _assert_blocks(said: list[dict[str, Any]]) -> None:
    started = [event for event in said if event["type"] == "content_block_start"]
    assert [event["index"] for event in started] == list(range(len(started)))
    for event in said:
        if event["type"] == "content_block_delta":
            assert event["delta"]["type"] in DELTAS[started[event["index"]]["content_block"]["type"]]
    opened, ended = said[0]["message"], said[-2]["delta"]
    assert (opened["content"], opened["stop_reason"]) == ([], None)
    assert ended["stop_reason"] is not None
