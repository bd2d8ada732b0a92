"""Thinking and seals: read from each vendor's answers, plain and streamed, and given back to their owner alone."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from llm.adapters.claude import request as claude_request
from llm.adapters.claude.response import ClaudeReader
from llm.adapters.gemini import request as gemini_request
from llm.adapters.gemini.response import GeminiReader
from llm.adapters.openai import request as openai_request
from llm.adapters.partial_response import Reader
from llm.adapters.transport.lenient_json import Json
from llm.core.chat.request import (
    CLAUDE,
    GEMINI,
    ChatRequest,
    Message,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    VendorSignature,
)
from llm.core.chat.response import Alive, Completion, TextDelta, ToolCallDelta
from tests.adapters import dialogues as d
from tests.adapters.seen import conversation
from tests.adapters.wires import recorded

NOW = datetime(2026, 11, 22, tzinfo=UTC)
THOUGHT: Json = {"type": "thinking", "thinking": "They want rain.", "signature": "sig-1"}
HIDDEN: Json = {"type": "redacted_thinking", "data": "data-2"}
SAID: Json = {"type": "text", "text": "Rain."}
CALL: Json = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
KEPT = (
    Thinking(kind=CLAUDE, text="They want rain.", signature="sig-1"),
    Thinking(kind=CLAUDE, signature="data-2", redacted=True),
)


def finished(reader: Reader) -> Completion:
    return reader.response.completion(asked_model="m", dropped=(), now=NOW)


def claude_whole(*blocks: Json) -> Completion:
    reader = ClaudeReader()
    reader.whole({"content": list(blocks), "stop_reason": "end_turn"})
    return finished(reader)


def claude_events(*blocks: Json) -> list[Json]:
    """The blocks as Anthropic streams them: empty at the start, then piece by piece, the signature last."""
    events: list[Json] = []
    for index, block in enumerate(blocks):
        empty: Json = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}}.get(block["type"], {})
        events.append({"type": "content_block_start", "index": index, "content_block": {**block, **empty}})
        for name in ("thinking", "signature", "text"):
            half = len(block.get(name, "")) // 2
            for piece in (block.get(name, "")[:half], block.get(name, "")[half:]):
                if piece:
                    delta = {"type": f"{name}_delta", name: piece}
                    events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    return [*events, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]


def told(reader: Reader, events: list[Json]) -> list[Any]:
    return [one for event in events for one in reader.event(event) if not isinstance(one, Alive)]


def test_claudes_thinking_is_kept_with_its_signature() -> None:
    assert claude_whole(THOUGHT, HIDDEN, SAID, CALL).thinking == KEPT


def test_claudes_streamed_thinking_is_the_same_and_comes_with_what_follows_it() -> None:
    reader = ClaudeReader()
    first, *others = told(reader, claude_events(THOUGHT, HIDDEN, SAID))
    assert (first.text, first.thinking) == ("Ra", KEPT)
    assert not any(event.thinking for event in others)
    assert finished(reader).thinking == KEPT


def test_thinking_between_words_is_told_in_its_place_but_no_whole_answer_keeps_it() -> None:
    assert claude_whole(THOUGHT, SAID, HIDDEN, CALL).thinking == ()
    reader = ClaudeReader()
    events = told(reader, claude_events(THOUGHT, SAID, HIDDEN, CALL))
    assert [event.thinking for event in events if event.thinking] == [KEPT[:1], KEPT[1:]]
    assert isinstance(events[-1], ToolCallDelta)
    assert finished(reader).thinking == ()


@pytest.mark.parametrize("signature", [None, "", 7])
def test_unsigned_thinking_is_not_kept(signature: object) -> None:
    assert claude_whole({**THOUGHT, "signature": signature}, SAID).thinking == ()


def test_thinking_that_shows_no_text_is_kept_all_the_same() -> None:
    assert claude_whole({**THOUGHT, "thinking": ""}, SAID).thinking == (Thinking(kind=CLAUDE, signature="sig-1"),)


def gemini(*parts: Json) -> Json:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": "STOP"}]}


def test_geminis_calls_keep_their_seals() -> None:
    reader = GeminiReader(calls_before=0)
    signed = {"functionCall": {"name": "weather", "args": {}}, "thoughtSignature": "sig-3"}
    first, second = told(reader, [gemini(signed, {"functionCall": {"name": "price", "args": {}}})])
    assert (first.vendor_signature, second.vendor_signature) == (VendorSignature(kind=GEMINI, signature="sig-3"), None)
    assert [call.vendor_signature for call in finished(reader).tool_calls] == [first.vendor_signature, None]


def test_geminis_signature_of_a_text_may_come_behind_it() -> None:
    reader = GeminiReader(calls_before=0)
    events = told(reader, [gemini({"text": "Rain."}, {"text": "", "thoughtSignature": "sig-4"})])
    assert events == [TextDelta(text="Rain.")]
    assert finished(reader).thinking == (Thinking(kind=GEMINI, signature="sig-4"),)


FOREIGN = Thinking(kind="openai", text="hm", signature="sig-9")
SEALED = ToolCall(
    id="c1", name="weather", arguments="{}", vendor_signature=VendorSignature(kind=GEMINI, signature="sig-3")
)
STRANGE = ToolCall(
    id="c2", name="weather", arguments="{}", vendor_signature=VendorSignature(kind=CLAUDE, signature="sig-8")
)


def dialogue(*said: Any) -> ChatRequest:
    calls = [part for part in said if isinstance(part, ToolCall)]
    results = tuple(ToolResult(call_id=call.id, name=call.name, content="5") for call in calls)
    return ChatRequest(
        messages=(
            *d.BARE.messages,
            Message(role=Role.ASSISTANT, parts=said),
            Message(role=Role.USER, parts=(*results, Text(text="And?"))),
        )
    )


MIXED = dialogue(*KEPT, FOREIGN, Thinking(kind=GEMINI, signature="sig-4"), Text(text="Rain."), SEALED)


def test_claude_is_given_back_its_own() -> None:
    body, _ = claude_request.build(MIXED, model="m", max_tokens=9, stream=False)
    *blocks, said, call = body["messages"][1]["content"]
    assert blocks == [THOUGHT, HIDDEN]
    assert (said["type"], call["type"]) == ("text", "tool_use")
    assert "sig-3" not in str(body)


def test_gemini_is_given_back_its_own() -> None:
    body, _ = gemini_request.build(MIXED, model="m", max_tokens=9)
    assert body["contents"][1]["parts"] == [
        {"text": "Rain.", "thoughtSignature": "sig-4"},
        {"functionCall": {"name": "weather", "args": {}}, "thoughtSignature": "sig-3"},
    ]


def test_a_strange_seal_counts_as_none_to_gemini() -> None:
    body, _ = gemini_request.build(dialogue(STRANGE, SEALED), model="m", max_tokens=9)
    signatures = [part["thoughtSignature"] for part in body["contents"][1]["parts"]]
    assert signatures == [gemini_request.UNSIGNED, "sig-3"]


def test_openai_is_shown_nothing_of_it() -> None:
    body, _ = openai_request.build(MIXED, model="m", max_tokens=9, stream=False)
    assert set(body["messages"][1]) == {"role", "content", "tool_calls"}
    assert set(body["messages"][1]["tool_calls"][0]) == {"id", "type", "function"}


@pytest.mark.parametrize("parts", [KEPT, (FOREIGN,)])
def test_a_message_of_thinking_alone_is_left_out(parts: tuple[Thinking, ...]) -> None:
    body, _ = claude_request.build(dialogue(*parts), model="m", max_tokens=9, stream=False)
    assert [turn["role"] for turn in body["messages"]] == ["user"]


REFUSALS = [
    ("claude", "messages.1.content.0: Invalid `signature` in `thinking` block"),
    (
        "claude",
        "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be "
        "modified. These blocks must remain as they were in the original response.",
    ),
    (
        "claude",
        "messages.1.content.0: Invalid `signature` in `thinking` block. "
        "The block is bound to a different conversation. Remove the block.",
    ),
    ("gemini", "Corrupted thought signature."),
]


@pytest.mark.parametrize(("kind", "words"), REFUSALS)
def test_refused_thinking_is_left_out_and_the_call_made_again(kind: str, words: str) -> None:
    refused = replace(recorded(kind, "ok"), status=400, body=refusal(kind, words))
    (answer,), bodies = conversation(kind, [MIXED], refused, recorded(kind, "ok"))
    assert "thinking" in answer.dropped
    assert "sig-" in str(bodies[0])
    assert "sig-" not in str(bodies[1])


def refusal(kind: str, words: str) -> bytes:
    error: Json = {"type": "invalid_request_error", "message": words}
    if kind == "gemini":
        error = {"code": 400, "status": "INVALID_ARGUMENT", "message": words}
    return json.dumps({"type": "error", "error": error}).encode()
