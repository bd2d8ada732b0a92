"""Names of tools are within each vendor's rule on the wire, and the caller's own again in the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.adapters.fitting.tool_names import ToolNames
from llm.core.chat.request import ChatRequest, Message, Role, Text, Tool, ToolCall, ToolChoice, ToolResult
from llm.limits import KINDS

LONG = "mcp__plugin_djobea_marketplace__find_available_plumbers_in_the_neighbourhood"


def request(*names: str) -> ChatRequest:
    call = ToolCall(id="c-1", name=names[0], arguments="{}")
    result = ToolResult(call_id="c-1", name=names[0], content="3")
    return ChatRequest(
        messages=(
            Message(role=Role.USER, parts=(Text(text="hello"),)),
            Message(role=Role.ASSISTANT, parts=(call,)),
            Message(role=Role.USER, parts=(result,)),
        ),
        tools=tuple(Tool(name=name) for name in names),
        tool_choice=ToolChoice(name=names[0]),
    )


def names_in(request: ChatRequest) -> set[str]:
    parts = [part for m in request.messages for part in m.parts if isinstance(part, ToolCall | ToolResult)]
    return {tool.name for tool in request.tools} | {part.name for part in parts} | {request.tool_choice.name or ""}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [LONG, "3d_devis", "find plumber", "prix€", "a" * 200, "a.b", "-x"])
def test_a_name_is_within_the_vendors_rule_wherever_it_stands(kind: str, name: str) -> None:
    rule = KINDS[kind].tool_name
    assert rule is not None
    names = ToolNames(rule)
    fitted = names.fit(request(name))
    assert len(names_in(fitted)) == 1
    (wire,) = names_in(fitted)
    assert rule.fullmatch(wire)
    assert names.original(wire) == name


def test_a_name_that_the_vendor_takes_is_left_alone() -> None:
    asked = request("find_plumber")
    assert ToolNames(KINDS["openai"].tool_name).fit(asked) is asked


def test_the_same_name_has_the_same_short_form_in_every_request() -> None:
    one, other = (ToolNames(KINDS["openai"].tool_name).fit(request(LONG, "price")) for _ in range(2))
    assert one == other


@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=6, unique=True), st.sampled_from(sorted(KINDS)))
def test_different_names_stay_different_and_come_back(given_names: list[str], kind: str) -> None:
    names = ToolNames(KINDS[kind].tool_name)
    fitted = names.fit(request(*given_names))
    wire = [tool.name for tool in fitted.tools]
    assert len(set(wire)) == len(given_names)
    assert [names.original(name) for name in wire] == given_names
