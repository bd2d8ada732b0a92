"""Calls and their results: brought together, each under an id of its own."""

import re

import pytest

from llm.adapters.messages.tool_results import NO_RESULT, IdForm, paired
from llm.core.chat.request import Message, Role, Text, ToolCall, ToolResult, message

FORM = IdForm(forbidden=re.compile(r"[^a-z0-9_]"), longest=8)


def call(id: str) -> ToolCall:
    return ToolCall(id=id, name=f"tool_{id}", arguments="{}")


def result(id: str, content: str = "") -> ToolResult:
    return ToolResult(call_id=id, name="", content=content or f"of {id}")


def asked(*calls: ToolCall) -> Message:
    return Message(role=Role.ASSISTANT, parts=calls)


def told(*parts: ToolResult | Text) -> Message:
    return Message(role=Role.USER, parts=parts)


def ids(*given: str) -> list[str]:
    """What becomes of the ids of parallel calls."""
    first, _ = paired([asked(*map(call, given))], FORM)
    return [part.id for part in first.parts if isinstance(part, ToolCall)]


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        (["a", "b_1"], ["a", "b_1"]),
        (["a.b", "a:b", "a_b"], ["a_b", "a_b_2", "a_b_3"]),
        (["a_b", "a.b", "a_b_2"], ["a_b", "a_b_2", "a_b_2_2"]),
        (["12345678x", "12345678y", "12345678"], ["12345678", "123456_2", "123456_3"]),
        (["é", "."], ["_", "__2"]),
        (["", ""], ["call", "call_2"]),
    ],
)
def test_ids_fit_the_vendor_and_stay_apart(given: list[str], wire: list[str]) -> None:
    assert ids(*given) == wire


def test_a_thousand_calls_of_one_id_are_told_apart() -> None:
    assert len(set(ids(*["a"] * 1000))) == 1000


def test_the_ids_of_a_dialogue_stay_when_it_grows() -> None:
    assert ids("a.b", "a_b", "c", "a:b")[:2] == ids("a.b", "a_b")


def test_results_come_in_the_order_of_their_calls_with_their_names() -> None:
    _, answered = paired([asked(call("a"), call("b")), told(result("b"), result("a"))], FORM)
    assert answered.parts == (
        ToolResult(call_id="a", name="tool_a", content="of a"),
        ToolResult(call_id="b", name="tool_b", content="of b"),
    )


def test_a_late_result_moves_to_its_call() -> None:
    late = [asked(call("a")), message(Role.USER, "Wait"), message(Role.ASSISTANT, "I do"), told(result("a"))]
    _, answered, *rest = paired(late, FORM)
    assert answered == told(ToolResult(call_id="a", name="tool_a", content="of a"))
    assert [one.text for one in rest] == ["Wait", "I do"]


def test_a_call_without_a_result_is_answered_that_there_is_none() -> None:
    _, answered = paired([asked(call("a"), call("b")), told(result("b"))], FORM)
    contents = [part.content for part in answered.parts if isinstance(part, ToolResult)]
    assert contents == [NO_RESULT, "of b"]


@pytest.mark.parametrize(
    "messages",
    [
        [told(result("a"))],
        [told(result("a")), asked(call("a"))],
        [asked(call("b")), told(result("a"))],
    ],
    ids=["no call", "the call comes later", "another call"],
)
def test_a_result_without_its_call_stays_as_text(messages: list[Message]) -> None:
    assert "Result of a: of a" in [one.text for one in paired(messages, FORM)]


def test_a_second_result_of_one_call_stays_as_text() -> None:
    _, answered, more = paired([asked(call("a")), told(result("a", "1"), result("a", "2"))], FORM)
    assert [part.content for part in answered.parts if isinstance(part, ToolResult)] == ["1"]
    assert more.text == "Result of a: 2"


def test_an_id_used_again_belongs_to_the_latest_call() -> None:
    again = [asked(call("a")), message(Role.USER, "Never mind"), asked(call("a")), told(result("a", "5"))]
    found = [part for one in paired(again, FORM) for part in one.parts if isinstance(part, ToolResult)]
    assert [(part.call_id, part.content) for part in found] == [("a", NO_RESULT), ("a_2", "5")]
