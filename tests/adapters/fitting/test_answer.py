"""The answer to a fitted request ends where the caller wished, and in the caller's names."""

from llm.adapters.fitting.answer import AnswerRestorer
from llm.adapters.fitting.tool_names import ToolNames
from llm.core.chat.request import GEMINI, Thinking, ToolCall
from llm.core.chat.response import Alive, Completion, Finish, StreamEvent, TextDelta, ToolCallDelta, Usage

SEAL = Thinking(kind=GEMINI, signature="s")


def restored(restorer: AnswerRestorer, *events: StreamEvent) -> list[StreamEvent]:
    out = [made for event in events for made in restorer.events(event)]
    return [event for event in [*out, *restorer.end()] if not isinstance(event, Alive)]


def completion(text: str, *calls: ToolCall) -> Completion:
    return Completion(text=text, model="m", finish=Finish.TOOL_CALLS, usage=Usage(), tool_calls=calls)


def test_thinking_goes_out_with_the_first_text_that_does() -> None:
    restorer = AnswerRestorer(ToolNames(None), ("STOP",))
    out = restored(restorer, TextDelta(text="ST", thinking=(SEAL,)), TextDelta(text="ART"))
    assert out == [TextDelta(text="START", thinking=(SEAL,))]


def test_held_text_goes_out_before_the_call_that_follows_it() -> None:
    call = ToolCallDelta(index=0, id="a", name="find", arguments="{}")
    out = restored(AnswerRestorer(ToolNames(None), ("STOP",)), TextDelta(text="x ST"), call)
    assert [event.text for event in out if isinstance(event, TextDelta)] == ["x ", "ST"]
    assert out[-1] == call


def test_a_call_behind_a_stop_sequence_is_left_out_streamed_and_plain() -> None:
    late = ToolCallDelta(index=0, id="a", name="find", arguments="{}")
    restorer = AnswerRestorer(ToolNames(None), ("STOP",))
    assert restored(restorer, TextDelta(text="x STOP y"), late) == [TextDelta(text="x ")]
    whole = completion("x STOP y", ToolCall(id="a", name="find", arguments="{}"))
    for answer in (restorer.completion(whole), AnswerRestorer(ToolNames(None), ("STOP",)).completion(whole)):
        assert (answer.text, answer.tool_calls, answer.finish) == ("x ", (), Finish.STOP)
        assert answer.stop_sequence == "STOP"


def test_a_call_before_the_stop_sequence_stays() -> None:
    early = ToolCallDelta(index=0, id="a", name="find", arguments="{}")
    restorer = AnswerRestorer(ToolNames(None), ("STOP",))
    assert restored(restorer, early, TextDelta(text="x STOP y"))[0] == early
    calls = (ToolCall(id="a", name="find", arguments="{}"), ToolCall(id="b", name="find", arguments="{}"))
    assert restorer.completion(completion("x STOP y", *calls)).tool_calls == calls[:1]
