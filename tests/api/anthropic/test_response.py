"""The gateway's answers as Anthropic's messages, field by field."""

from datetime import UTC, datetime

import pytest

from llm.api.anthropic.response import content, message, stopped, usage
from llm.core.calls import Answer, Caller, CallInfo, Trail
from llm.core.chat.request import Thinking, ToolCall, VendorSignature
from llm.core.chat.response import Completion, Finish, Usage

TOKENS = Usage(input=10, output=7, cached=3, cache_written=2, reasoning=4)
CLAUDES = Thinking(kind="claude", text="Hm.", signature="s==")
GEMINIS = Thinking(kind="gemini", signature="g==")
CALL = ToolCall(
    id="t1",
    name="weather",
    arguments='{"town": "Douala"}',
    vendor_signature=VendorSignature(kind="gemini", signature="c=="),
)


def said(**given: object) -> Completion:
    return Completion(**{"text": "Hi", "model": "m-1", "finish": Finish.STOP, "usage": TOKENS, **given})  # type: ignore[arg-type]


def test_a_whole_message() -> None:
    call = CallInfo(
        id="c-1", request_id="r-1", route="default", caller=Caller(), stream=False, started_at=datetime.now(UTC)
    )
    answer = Answer(completion=said(), provider="claude", degraded=False, call=call, trail=Trail(), elapsed_s=1)
    assert message(answer) == {
        "id": "msg_c-1",
        "type": "message",
        "role": "assistant",
        "model": "m-1",
        "content": [{"type": "text", "text": "Hi", "citations": None}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "diagnostics": None,
        "usage": usage(TOKENS),
    }


def test_cached_tokens_are_counted_once() -> None:
    assert usage(TOKENS) == {
        "input_tokens": 5,
        "cache_read_input_tokens": 3,
        "cache_creation_input_tokens": 2,
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 4},
        "server_tool_use": None,
        "cache_creation": None,
        "inference_geo": None,
        "service_tier": None,
        "speed": None,
    }
    assert usage(Usage(input=2, cached=5))["input_tokens"] == 0


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        (Finish.STOP, "end_turn"),
        (Finish.LENGTH, "max_tokens"),
        (Finish.TOOL_CALLS, "tool_use"),
        (Finish.CONTENT_FILTER, "refusal"),
    ],
)
def test_every_finish_has_its_stop_reason(finish: Finish, reason: str) -> None:
    found = stopped(said(finish=finish))
    assert (found["stop_reason"], found["stop_sequence"]) == (reason, None)
    assert (found["stop_details"] is None) == (reason != "refusal")


@pytest.mark.parametrize(
    ("given", "reason", "sequence"),
    [
        ({}, "stop_sequence", "END"),
        ({"finish": Finish.LENGTH}, "max_tokens", None),
        ({"refusal": "I will not."}, "refusal", None),
    ],
)
def test_a_stop_sequence_that_is_known_is_named(given: dict[str, object], reason: str, sequence: str | None) -> None:
    found = stopped(said(stop_sequence="END", **given))
    assert (found["stop_reason"], found["stop_sequence"]) == (reason, sequence)


@pytest.mark.parametrize("finish", [Finish.CONTENT_FILTER, Finish.STOP])
def test_a_models_refusal_keeps_its_text(finish: Finish) -> None:
    no = said(text="", refusal="I will not.", finish=finish)
    assert stopped(no)["stop_reason"] == "refusal"
    assert [block["text"] for block in content(no, thinks=False)] == ["I will not."]
    assert stopped(no)["stop_details"] == {"type": "refusal", "category": None, "explanation": "I will not."}


def test_a_tool_call_alone_has_no_text_block() -> None:
    blocks = content(said(text="", tool_calls=(CALL,)), thinks=False)
    call = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"town": "Douala"}}
    assert blocks == [{**call, "caller": {"type": "direct"}}]


@pytest.mark.parametrize(
    ("arguments", "given"),
    [("{}", {}), ('{"a": 1', {"value": '{"a": 1'}), ("[1]", {"value": [1]}), ("[" * 9_999, {"value": "[" * 9_999})],
)
def test_arguments_are_always_an_object(arguments: str, given: dict[str, object]) -> None:
    (block,) = content(said(text="", tool_calls=(ToolCall(id="i", name="n", arguments=arguments),)), thinks=False)
    assert block["input"] == given


def test_claudes_thinking_always_goes_out_and_that_of_others_only_to_who_awaits_it() -> None:
    answer = said(thinking=(CLAUDES, GEMINIS), tool_calls=(CALL,))
    kinds = [block["type"] for block in content(answer, thinks=False)]
    assert kinds == ["thinking", "text", "tool_use"]
    kinds = [block["type"] for block in content(answer, thinks=True)]
    assert kinds == ["thinking", "thinking", "text", "thinking", "tool_use"]
    assert content(answer, thinks=False)[0] == {"type": "thinking", "thinking": "Hm.", "signature": "s=="}
