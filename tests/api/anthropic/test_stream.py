"""The events of a streamed message: whatever the gateway says, Anthropic's client puts the same message together."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from llm.api.anthropic.response import content
from llm.api.anthropic.stream import AnthropicStream
from llm.core.calls import Answer, AnswerEvent, Caller, CallInfo, Completed, Started, Trail
from llm.core.chat.request import Thinking, ToolCall, VendorSignature
from llm.core.chat.response import Alive, Completion, Finish, TextDelta, ToolCallDelta, Usage
from tests.api.documents.document import ANTHROPIC
from web.errors import ApiError

OPENED = Started(call_id="c-1", provider="claude", model="m-1", attempts=1)
TOKENS = Usage(input=10, output=7, cached=3, reasoning=4)
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def closed(**given: Any) -> Completed:
    said = Completion(**{"text": "", "model": "m-1", "finish": Finish.STOP, "usage": TOKENS, **given})
    call = CallInfo(
        id="c-1", request_id="r-1", route="default", caller=Caller(), stream=True, started_at=datetime.now(UTC)
    )
    return Completed(
        answer=Answer(completion=said, provider="claude", degraded=False, call=call, trail=Trail(), elapsed_s=1)
    )


def events(said: Iterable[AnswerEvent], *, thinks: bool = False) -> list[dict[str, Any]]:
    """What goes out, each event held against its name and against Anthropic's document."""
    stream = AnthropicStream(request_id="r-1", thinks=thinks)
    found = []
    for event in said:
        for frame in stream.frames(event):
            name, data = frame.decode().removesuffix("\n\n").split("\n")
            found.append(json.loads(data.removeprefix("data: ")))
            assert name == f"event: {found[-1]['type']}"
            assert ANTHROPIC.faults("AnswerEvent", found[-1]) == []
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in found]


def assembled(found: list[dict[str, Any]]) -> Any:
    """The message as the SDK's stream helper puts it together."""
    message: Any = None
    buffers: dict[int, bytes] = {}
    for event in found:
        message = accumulate_event(event=EVENT.validate_python(event), current_snapshot=message, json_bufs=buffers)
    return message


def test_a_text_is_one_block() -> None:
    found = events([OPENED, TextDelta(text="Hel"), Alive(), TextDelta(text="lo"), closed(text="Hello")])
    assert names(found) == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    start, *_, end, _ = found
    assert (start["message"]["id"], start["message"]["content"], start["message"]["stop_reason"]) == (
        "msg_c-1",
        [],
        None,
    )
    assert start["message"]["usage"]["input_tokens"] == 0
    assert (end["delta"]["stop_reason"], end["usage"]["input_tokens"], end["usage"]["output_tokens"]) == (
        "end_turn",
        7,
        7,
    )


def test_a_call_whose_name_comes_late_waits_for_it() -> None:
    found = events(
        [
            OPENED,
            ToolCallDelta(index=0, id="t1", arguments='{"a":'),
            ToolCallDelta(index=0, arguments=" "),
            ToolCallDelta(index=0, name="f", arguments="1}"),
            closed(tool_calls=(ToolCall(id="t1", name="f", arguments='{"a": 1}'),), finish=Finish.TOOL_CALLS),
        ]
    )
    (block,) = assembled(found).content
    assert (block.id, block.name, block.input) == ("t1", "f", {"a": 1})


def test_a_piece_for_a_block_that_has_ended_breaks_the_stream() -> None:
    said = [OPENED, ToolCallDelta(index=0, id="a", name="f"), ToolCallDelta(index=1, id="b", name="f")]
    with pytest.raises(ValueError, match="next block"):
        events([*said, ToolCallDelta(index=0, arguments='{"a":1}')])


def test_a_late_empty_object_for_a_call_without_arguments_changes_nothing() -> None:
    said = [OPENED, ToolCallDelta(index=0, id="a", name="f"), ToolCallDelta(index=1, id="b", name="g")]
    late = [ToolCallDelta(index=0, arguments="{}"), ToolCallDelta(index=1, arguments="{}")]
    blocks = assembled(events([*said, *late, closed(finish=Finish.TOOL_CALLS)])).content
    assert [(block.name, block.input) for block in blocks] == [("f", {}), ("g", {})]


def test_a_late_empty_object_after_arguments_breaks_the_stream() -> None:
    said = [OPENED, ToolCallDelta(index=0, id="a", name="f", arguments='{"a":1}'), TextDelta(text="Hi")]
    with pytest.raises(ValueError, match="next block"):
        events([*said, ToolCallDelta(index=0, arguments="{}")])


def test_thinking_that_is_known_last_comes_last() -> None:
    vendor_signature = Thinking(kind="gemini", signature="g==")
    found = events([OPENED, TextDelta(text="Hi"), closed(text="Hi", thinking=(vendor_signature,))], thinks=True)
    assert [block.type for block in assembled(found).content] == ["text", "thinking"]


def test_a_models_refusal_is_a_whole_message() -> None:
    message = assembled(events([OPENED, closed(refusal="I will not.", finish=Finish.CONTENT_FILTER)]))
    assert (message.content[0].text, message.stop_reason) == ("I will not.", "refusal")
    assert message.stop_details.explanation == "I will not."


def test_a_comment_names_the_provider_that_resumes_a_broken_answer() -> None:
    resumed = Started(call_id="c-1", provider="gemini", model="m-2", attempts=2, resumed=True)
    said = [OPENED, TextDelta(text="Hel"), resumed, TextDelta(text="lo")]
    stream = AnthropicStream(request_id="r-1")
    frames = [frame for event in [*said, closed(text="Hello")] for frame in stream.frames(event)]
    frames.remove(b": gemini goes on\n\n")
    whole = events([event for event in [*said, closed(text="Hello")] if event is not resumed])
    assert len(frames) == len(whole)
    assert assembled(whole).content[0].text == "Hello"


def test_the_event_of_a_broken_stream() -> None:
    frame = AnthropicStream(request_id="r-1").broken(ApiError(502, "connection", "Cut off.")).decode()
    name, data = frame.removesuffix("\n\n").split("\n")
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: ")) == {
        "type": "error",
        "error": {"type": "api_error", "message": "Cut off.", "details": {"error_code": "connection"}},
        "request_id": "r-1",
    }


words = st.text(min_size=1, max_size=8)
thoughts = st.lists(
    st.builds(Thinking, kind=st.sampled_from(["claude", "gemini"]), text=st.text(max_size=8), signature=words)
    | st.builds(Thinking, kind=st.just("claude"), signature=words, redacted=st.just(True)),
    max_size=2,
).map(tuple)
calls = st.lists(
    st.tuples(
        words,
        st.dictionaries(words, st.none() | st.integers() | words, max_size=3),
        st.none() | st.builds(VendorSignature, kind=st.just("gemini"), signature=words),
    ),
    max_size=3,
)


@given(thoughts, st.lists(words, max_size=4), calls, st.integers(1, 5), st.booleans())
def test_the_client_puts_together_what_a_plain_answer_would_have_been(
    thinking: tuple[Thinking, ...], texts: list[str], tools: list[Any], size: int, thinks: bool
) -> None:
    said: list[AnswerEvent] = [TextDelta(text=text) for text in texts]
    made = []
    for index, (name, arguments, vendor_signature) in enumerate(tools):
        call = ToolCall(id=f"t{index}", name=name, arguments=json.dumps(arguments), vendor_signature=vendor_signature)
        pieces = [call.arguments[at : at + size] for at in range(0, len(call.arguments), size)]
        made.append(call)
        said.append(ToolCallDelta(index=index, id=call.id, name=name, vendor_signature=vendor_signature))
        said += [ToolCallDelta(index=index, arguments=piece) for piece in pieces]
    if said:
        first = said[0]
        assert isinstance(first, TextDelta | ToolCallDelta)
        said[0] = type(first)(**{name: getattr(first, name) for name in first.__slots__} | {"thinking": thinking})
    end = closed(text="".join(texts), tool_calls=tuple(made), thinking=thinking)
    found = events([OPENED, *said, end], thinks=thinks)

    plain = content(end.answer.completion, thinks=thinks)
    message = assembled(found)
    assert [block.to_dict() for block in message.content] == plain
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 7)
    _assert_one_block_at_a_time(found)


def _assert_one_block_at_a_time(found: list[dict[str, Any]]) -> None:
    inside = [event for event in found if event["type"].startswith("content_block")]
    is_open, index = False, -1
    for event in inside:
        if event["type"] == "content_block_start":
            assert not is_open
            is_open, index = True, index + 1
        assert is_open
        assert event["index"] == index
        is_open = event["type"] != "content_block_stop"
    assert not is_open
