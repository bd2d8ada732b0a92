"""Other vendors' thinking on OpenAI's messages: out with the answer, back with the history."""

import json
from typing import Any

import pytest

from llm.api.openai.response import Chunks
from llm.api.openai.signatures import call_signature, message_signatures, read_signature, read_thinking
from llm.core.chat.request import (
    CLAUDE,
    GEMINI,
    OPENAI,
    REASONING_CONTENT,
    Message,
    Role,
    Text,
    Thinking,
    ToolCall,
    VendorSignature,
)
from llm.core.chat.response import Completion, Finish, ToolCallDelta, Usage
from tests.api.reading import HELLO, read, refusal

THOUGHT = Thinking(kind=CLAUDE, text="They want rain.", signature="sig-1")
HIDDEN = Thinking(kind=CLAUDE, signature="data-2", redacted=True)
OF_TEXT = Thinking(kind=GEMINI, signature="sig-4")
MARK = VendorSignature(kind=GEMINI, signature="sig-3")


def said(*thinking: Thinking) -> Completion:
    return Completion(text="Rain.", model="m", finish=Finish.STOP, usage=Usage(), thinking=thinking)


def test_claudes_blocks_go_out_in_its_own_form() -> None:
    assert message_signatures(said(THOUGHT, HIDDEN)) == {
        "thinking_blocks": [
            {"type": "thinking", "thinking": "They want rain.", "signature": "sig-1"},
            {"type": "redacted_thinking", "data": "data-2"},
        ]
    }


def test_geminis_signatures_go_out_as_googles_own_endpoint_shows_them() -> None:
    assert call_signature(MARK) == {"extra_content": {"google": {"thought_signature": "sig-3"}}}
    assert message_signatures(said(OF_TEXT)) == {"extra_content": {"google": {"thought_signature": "sig-4"}}}


def test_reasoning_that_a_vendor_wants_back_goes_out_and_comes_back_in_one_field() -> None:
    reasoning = Thinking(kind=OPENAI, text="They want rain.", signature=REASONING_CONTENT)
    fields = message_signatures(said(reasoning))
    assert fields == {"reasoning_content": "They want rain."}
    assert read_thinking(fields, "messages[1]") == (reasoning,)


def test_an_answer_without_any_has_no_such_fields() -> None:
    assert message_signatures(said()) == {}
    assert call_signature(None) == {}


@pytest.mark.parametrize("thinking", [(), (THOUGHT,), (THOUGHT, HIDDEN), (OF_TEXT,), (THOUGHT, OF_TEXT)])
def test_what_goes_out_comes_back(thinking: tuple[Thinking, ...]) -> None:
    assert read_thinking(message_signatures(said(*thinking)), "m") == thinking


def deltas(raw: bytes) -> list[Any]:
    return [
        json.loads(event.removeprefix("data: "))["choices"][0]["delta"] for event in raw.decode().split("\n\n")[:-1]
    ]


def test_a_stream_sends_thinking_once_and_whole_before_its_end() -> None:
    chunks = Chunks(id="c", created=1, model="m")
    seals, last, done = chunks.end(said(THOUGHT, HIDDEN))
    assert deltas(seals) == [message_signatures(said(THOUGHT, HIDDEN))]
    assert deltas(last) == [{}]
    assert b"DONE" in done


def test_a_streamed_calls_signature_comes_with_its_first_piece() -> None:
    chunks = Chunks(id="c", created=1, model="m")
    (first,) = deltas(chunks.delta(ToolCallDelta(index=0, id="c1", name="weather", vendor_signature=MARK)))
    (second,) = deltas(chunks.delta(ToolCallDelta(index=0, arguments="{}")))
    assert first["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "sig-3"}}
    assert "extra_content" not in second["tool_calls"][0]


def assistant(**fields: Any) -> Message:
    return read(messages=[*HELLO, {"role": "assistant", "content": "Rain.", **fields}]).request.messages[-1]


def test_thinking_stands_before_the_text_and_the_calls() -> None:
    call = {"id": "c1", "function": {"name": "weather"}, **call_signature(MARK)}
    found = assistant(tool_calls=[call], **message_signatures(said(THOUGHT)))
    assert found.role is Role.ASSISTANT
    assert found.parts == (
        THOUGHT,
        Text(text="Rain."),
        ToolCall(id="c1", name="weather", arguments="{}", vendor_signature=MARK),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"thinking_blocks": None},
        {"thinking_blocks": []},
        {"thinking_blocks": [{"type": "thinking", "thinking": "hm"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": 5}]},
        {"thinking_blocks": [{"type": "new"}]},
        {"extra_content": None},
        {"extra_content": "x"},
        {"extra_content": {"google": []}},
        {"extra_content": {"google": {"thought_signature": ""}}},
    ],
)
def test_unreadable_thinking_is_skipped(fields: dict[str, Any]) -> None:
    assert assistant(**fields).parts == (Text(text="Rain."),)
    assert read_signature(fields) is None


@pytest.mark.parametrize("blocks", ["x", {"type": "thinking"}, ["x"]])
def test_blocks_of_the_wrong_shape_are_named(blocks: Any) -> None:
    error = refusal(messages=[*HELLO, {"role": "assistant", "content": "x", "thinking_blocks": blocks}])
    assert (error.status, error.param) == (400, "messages[1].thinking_blocks")


def test_thinking_alone_is_no_message() -> None:
    error = refusal(messages=[*HELLO, {"role": "assistant", "content": None, **message_signatures(said(THOUGHT))}])
    assert (error.status, error.param) == (400, "messages[1].content")
