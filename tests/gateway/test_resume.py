"""A stream that breaks after text has gone out: the next provider goes on, or it ends as broken; never as finished."""

from dataclasses import replace

import pytest

from llm.core.calls import Outcome, Started
from llm.core.chat.request import Output, OutputFormat, Role
from llm.core.chat.response import Alive, Completion, Done, Finish, Metered, TextDelta, ToolCallDelta, Usage
from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.plan import RoutePolicy
from llm.gateway.router import ProviderAnswer
from tests.gateway.doubles import QUESTION, Ride, Script, ScriptedAdapter, Stage, Step, failure, flows

TEXT = "Hello! Turn off the water at the stop valve under the sink, then open the tap to drain the pipe."
CUT = failure(ErrorClass.BAD_RESPONSE)


def done(text: str, usage: Usage = Usage(input=30, output=20)) -> Done:
    return Done(completion=Completion(text=text, model="m-2", finish=Finish.STOP, usage=usage))


def told(text: str, *end: Step) -> Script:
    """A stream of `text` in pieces, and how it ends: whole unless said otherwise."""
    pieces = [TextDelta(text=text[at : at + 9]) for at in range(0, len(text), 9)]
    return flows(*pieces, *(end or (done(text),)))


def stage(*gemini: Script, cut: int = 40, why: Failure = CUT, openai: Script | None = None) -> Stage:
    theatre = Stage(claude=ScriptedAdapter(told(TEXT[:cut], why)), gemini=ScriptedAdapter(*gemini))
    if openai is not None:
        theatre = Stage(**theatre.adapters, openai=ScriptedAdapter(openai))
    return theatre


def heard(ride: Ride) -> str:
    return "".join(event.text for event in ride.events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    "why", [CUT, failure(ErrorClass.CONNECTION), failure(ErrorClass.TIMEOUT), failure(ErrorClass.OVERLOADED)]
)
@pytest.mark.parametrize(
    "more",
    [
        pytest.param(TEXT[40:], id="goes on"),
        pytest.param(TEXT, id="starts over"),
        pytest.param(TEXT[21:], id="repeats the last words"),
    ],
)
def test_the_caller_gets_the_whole_answer_once(more: str, why: Failure) -> None:
    ride = stage(told(more), why=why).go(stream=True)

    assert heard(ride) == TEXT
    assert ride.story == [("claude", str(why.error_class)), ("gemini", "ok")]
    last = ride.events[-1]
    assert isinstance(last, ProviderAnswer)
    assert (last.provider, last.resumed, last.completion.text, last.completion.finish) == (
        "gemini", True, TEXT, Finish.STOP,
    )  # fmt: skip


def test_the_caller_is_told_who_goes_on_before_the_first_new_word() -> None:
    ride = stage(told(TEXT)).go(stream=True)

    speakers = [(place, e) for place, e in enumerate(ride.events) if isinstance(e, Started)]
    assert [(e.provider, e.attempts, e.resumed) for _, e in speakers] == [("claude", 1, False), ("gemini", 2, True)]
    said_before = "".join(e.text for e in ride.events[: speakers[1][0]] if isinstance(e, TextDelta))
    assert said_before == TEXT[:40]


def test_the_next_provider_gets_the_partial_answer_and_is_asked_to_go_on_not_prefilled() -> None:
    theatre = stage(told(TEXT))
    theatre.go(stream=True)

    asked = theatre.adapters["gemini"].requests[0].messages
    assert asked[: len(QUESTION.messages)] == QUESTION.messages
    assert [(m.role, m.text) for m in asked[-2:-1]] == [(Role.ASSISTANT, TEXT[:40])]
    assert asked[-1].role is Role.USER


def test_the_record_has_both_attempts_and_the_tokens_of_both() -> None:
    theatre = Stage(
        claude=ScriptedAdapter(flows(Metered(usage=Usage(input=12, output=1)), TextDelta(text=TEXT[:40]), CUT)),
        gemini=ScriptedAdapter(told(TEXT)),
    )
    ride = theatre.go(stream=True)

    first, second = ride.trail.attempts
    assert (first.usage, first.estimated) == (Usage(input=12, output=10), True)  # forty characters
    assert (second.usage, second.estimated) == (Usage(input=30, output=20), False)
    assert second.why == "continues the answer after bad_response"
    assert isinstance(answered := ride.events[-1], ProviderAnswer)
    assert answered.completion.usage == Usage(input=42, output=30)


def test_a_second_break_is_gone_on_with_by_the_third() -> None:
    ride = stage(told(TEXT[40:70], CUT), openai=told(TEXT)).go(stream=True)

    assert heard(ride) == TEXT
    assert ride.story == [("claude", "bad_response"), ("gemini", "bad_response"), ("openai", "ok")]


def test_alone_the_same_provider_is_asked_once_to_go_on() -> None:
    theatre = Stage(claude=ScriptedAdapter(told(TEXT[:40], CUT), told(TEXT)))
    ride = theatre.go(stream=True)

    assert heard(ride) == TEXT
    assert ride.story == [("claude", "bad_response"), ("claude", "ok")]


def test_when_nobody_can_go_on_the_stream_ends_as_broken_with_the_first_reason() -> None:
    theatre = stage(flows(failure(ErrorClass.CREDIT_EXHAUSTED)), why=failure(ErrorClass.CONNECTION))
    ride = theatre.go(stream=True)

    assert ride.end is not None
    assert ride.end.committed
    assert ride.end.failure is not None
    assert ride.end.failure.error_class is ErrorClass.CONNECTION
    assert heard(ride) == TEXT[:40]


def test_an_answer_told_anew_in_other_words_is_not_joined_and_not_held_against_its_provider() -> None:
    other = TEXT[:30] + " and call a plumber, that is the best that you can do."
    theatre = stage(told(other), openai=told(TEXT))
    ride = theatre.go(stream=True)

    assert heard(ride) == TEXT
    assert ride.story == [("claude", "bad_response"), ("gemini", "bad_response"), ("openai", "ok")]
    assert "other words" in (ride.trail.attempts[1].failure or CUT).message
    assert theatre.circuits.known["gemini"].window == () if "gemini" in theatre.circuits.known else True


def test_a_tool_call_in_pieces_is_never_spliced() -> None:
    call = ToolCallDelta(index=0, id="t-1", name="book", arguments='{"wh')
    theatre = Stage(claude=ScriptedAdapter(flows(call, CUT)), gemini=ScriptedAdapter(told(TEXT)))
    theatre.route = RoutePolicy(live_tool_calls=True)
    ride = theatre.go(stream=True)

    assert ride.end is not None
    assert ride.end.committed
    assert theatre.asked() == {"claude": 1, "gemini": 0}


@pytest.mark.parametrize("before", [(), (TextDelta(text=TEXT[:60]),)])
def test_a_stream_that_breaks_inside_a_tool_call_starts_the_call_again_at_the_next_provider(
    before: tuple[TextDelta, ...],
) -> None:
    half = ToolCallDelta(index=0, id="t-1", name="book", arguments='{"wh')
    whole = ToolCallDelta(index=0, id="t-2", name="book", arguments='{"when": 9}')
    text = "".join(piece.text for piece in before)
    theatre = Stage(claude=ScriptedAdapter(flows(*before, half, CUT)), gemini=ScriptedAdapter(flows(whole, done(text))))
    ride = theatre.go(stream=True)

    assert [e for e in ride.events if isinstance(e, ToolCallDelta)] == [whole]
    assert heard(ride) == text


def test_interleaved_pieces_of_two_calls_go_out_as_two_whole_calls() -> None:
    pieces = (
        ToolCallDelta(index=0, id="a", name="find"),
        ToolCallDelta(index=1, id="b", name="price"),
        ToolCallDelta(index=0, arguments='{"q":'),
        ToolCallDelta(index=1, arguments="{}"),
        ToolCallDelta(index=0, arguments='"pipe"}'),
    )
    ride = Stage(claude=ScriptedAdapter(flows(*pieces, done("")))).go(stream=True)
    assert [(e.index, e.id, e.name, e.arguments) for e in ride.events if isinstance(e, ToolCallDelta)] == [
        (0, "a", "find", '{"q":"pipe"}'),
        (1, "b", "price", "{}"),
    ]


def test_a_tool_call_of_which_nothing_was_sent_is_made_anew() -> None:
    call = ToolCallDelta(index=0, id="t-1", name="book", arguments="{}")
    theatre = Stage(claude=ScriptedAdapter(flows(Alive(), CUT)), gemini=ScriptedAdapter(flows(call, done(""))))
    ride = theatre.go(stream=True)

    assert [type(e) for e in ride.events] == [Started, ToolCallDelta, ProviderAnswer]


def test_words_that_broke_off_before_a_tool_call_may_be_followed_by_the_next_providers_call() -> None:
    call = ToolCallDelta(index=0, id="t-1", name="book", arguments="{}")
    theatre = stage(flows(*(TextDelta(text=p) for p in (TEXT[:60], TEXT[60:])), call, done(TEXT)))
    ride = theatre.go(stream=True)

    assert heard(ride) == TEXT
    assert [type(e) for e in ride.events][-2:] == [ToolCallDelta, ProviderAnswer]


@pytest.mark.parametrize(("anew", "whole"), [('{"a": 1, "b": 2}', True), ('{"a": 2}', False)])
def test_json_goes_on_only_when_it_is_told_the_same_from_the_start(anew: str, whole: bool) -> None:
    theatre = Stage(claude=ScriptedAdapter(told('{"a": 1, "b', CUT)), gemini=ScriptedAdapter(told(anew)))
    theatre.question = replace(QUESTION, output=Output(format=OutputFormat.JSON))
    ride = theatre.go(stream=True)

    assert theatre.adapters["gemini"].requests[0] == theatre.question
    assert (heard(ride) == anew) is whole
    assert isinstance(ride.events[-1], ProviderAnswer) is whole


def test_a_request_that_somebody_began_to_answer_is_never_called_invalid() -> None:
    theatre = stage(flows(failure(ErrorClass.INVALID_REQUEST)), openai=told(TEXT))
    assert heard(theatre.go(stream=True)) == TEXT


class TestBuffered:
    """A route that holds its streams back."""

    def stage(self, *scripts: Script) -> Stage:
        theatre = Stage(claude=ScriptedAdapter(*scripts), gemini=ScriptedAdapter(told("from gemini")))
        theatre.route = RoutePolicy(buffered=True)
        return theatre

    def test_a_broken_stream_is_told_anew_and_the_caller_hears_the_good_one_only(self) -> None:
        ride = self.stage(told(TEXT[:40], failure(ErrorClass.TIMEOUT))).go(stream=True)
        assert heard(ride) == "from gemini"
        assert [e.provider for e in ride.events if isinstance(e, Started)] == ["gemini"]
        assert isinstance(last := ride.events[-1], ProviderAnswer)
        assert not last.resumed

    def test_a_tool_call_cut_in_its_middle_is_made_anew(self) -> None:
        call = ToolCallDelta(index=0, id="t-1", name="book", arguments='{"wh')
        ride = self.stage(flows(call, failure(ErrorClass.CONNECTION)), flows(call, CUT)).go(stream=True)
        assert heard(ride) == "from gemini"

    def test_a_good_stream_comes_whole_at_its_end(self) -> None:
        ride = self.stage(told(TEXT)).go(stream=True)
        assert heard(ride) == TEXT
        assert ride.trail.attempts[0].outcome is Outcome.OK


def test_a_cut_counts_against_the_provider_that_was_cut() -> None:
    theatre = stage(told(TEXT), why=failure(ErrorClass.CONNECTION))
    for _ in range(5):
        theatre.go(stream=True)
    assert theatre.circuits.known["claude"].state is CircuitState.OPEN
    assert theatre.circuits.known["gemini"].state is CircuitState.CLOSED


def test_tokens_that_a_vendor_bills_for_a_useless_answer_are_on_record() -> None:
    class Useless(ScriptedAdapter):
        async def stream(self, request, *, timeout_s, refused=(), by_sdk=False):  # type: ignore[no-untyped-def]
            yield Alive()
            raise ProviderError(failure(ErrorClass.BAD_RESPONSE, usage=Usage(input=7, output=3)))

    theatre = Stage(claude=Useless(), gemini=ScriptedAdapter(told(TEXT)))
    ride = theatre.go()
    first = ride.trail.attempts[0]
    assert (first.usage, first.estimated) == (Usage(input=7, output=3), False)
