"""Tools on each vendor's wire: definitions, choice, parallel calls, results, ids."""

from typing import Any

import openai
import pytest

from tests.api.openai.chatting import VENDORS, Chat

pytestmark = pytest.mark.django_db(transaction=True)
by_vendor = pytest.mark.parametrize("vendor", VENDORS)

SCHEMA = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}


def tool(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": f"The {name}", "parameters": SCHEMA, **more}}


TOOLS = [tool("weather"), tool("price")]
HELLO = [{"role": "user", "content": "Hello"}]
BOTH = [{"role": "user", "content": "Use weather and price for Douala"}]

DEFINED = {
    "claude": {"name": "weather", "description": "The weather", "input_schema": SCHEMA},
    "gemini": {"name": "weather", "description": "The weather", "parametersJsonSchema": SCHEMA},
    "openai": tool("weather"),
}


def defined(vendor: str, body: Any) -> list[Any]:
    return list(body["tools"][0]["functionDeclarations"] if vendor == "gemini" else body["tools"])


@by_vendor
def test_definitions_arrive_whole(chat: Chat, vendor: str) -> None:
    chat.ask(vendor, HELLO, tools=TOOLS)
    first, second = defined(vendor, chat.seen(vendor))
    assert (first, second["name"] if vendor != "openai" else second["function"]["name"]) == (DEFINED[vendor], "price")


def test_strict_tools_are_strict_where_the_vendor_supports_it(chat: Chat) -> None:
    strict = [tool("weather", strict=True)]
    dropped = {vendor: chat.ask(vendor, HELLO, tools=strict).dropped for vendor in VENDORS}
    assert dropped == {"claude": set(), "gemini": {"tools.strict"}, "openai": set()}
    (claude,) = defined("claude", chat.seen("claude"))
    assert (claude["strict"], claude["input_schema"]["additionalProperties"]) == (True, False)
    assert defined("openai", chat.seen("openai"))[0]["function"]["strict"] is True


NAMED = {"type": "function", "function": {"name": "price"}}
CHOICES: list[tuple[str, Any, Any, list[str]]] = [
    # vendor, choice, what its wire sees, which tools are called for "Hello"
    ("claude", "auto", {"type": "auto"}, []),
    ("claude", "none", {"type": "none"}, []),
    ("claude", "required", {"type": "any"}, ["weather"]),
    ("claude", NAMED, {"type": "tool", "name": "price"}, ["price"]),
    ("gemini", "auto", {"mode": "AUTO"}, []),
    ("gemini", "none", {"mode": "NONE"}, []),
    ("gemini", "required", {"mode": "ANY"}, ["weather"]),
    ("gemini", NAMED, {"mode": "ANY", "allowedFunctionNames": ["price"]}, ["price"]),
    ("openai", "auto", None, []),
    ("openai", "none", "none", []),
    ("openai", "required", "required", ["weather"]),
    ("openai", NAMED, NAMED, ["price"]),
]


def chosen(vendor: str, body: Any) -> Any:
    return body["toolConfig"]["functionCallingConfig"] if vendor == "gemini" else body.get("tool_choice")


@pytest.mark.parametrize(("vendor", "choice", "wire", "called"), CHOICES)
def test_the_choice_is_the_callers(chat: Chat, vendor: str, choice: Any, wire: Any, called: list[str]) -> None:
    reply = chat.ask(vendor, HELLO, tools=TOOLS, tool_choice=choice)
    assert chosen(vendor, chat.seen(vendor)) == wire
    assert [call.function.name for call in reply.message.tool_calls or []] == called
    assert reply.finish == ("tool_calls" if called else "stop")


@by_vendor
def test_calls_come_in_parallel_plain_and_streamed(chat: Chat, vendor: str) -> None:
    message = chat.ask(vendor, BOTH, tools=TOOLS).message
    assert [(c.function.name, c.function.arguments) for c in message.tool_calls] == [
        ("weather", '{"town": "Douala"}'),
        ("price", '{"town": "Douala"}'),
    ]
    assert message.content is None
    assert len({call.id for call in message.tool_calls}) == 2
    streamed: dict[int, list[Any]] = {}
    for chunk in chat.stream(vendor, BOTH, tools=TOOLS).chunks:
        for piece in chunk.choices[0].delta.tool_calls or []:
            streamed.setdefault(piece.index, []).append(piece)
    assert [pieces[0].function.name for pieces in streamed.values()] == ["weather", "price"]
    assert len({pieces[0].id for pieces in streamed.values()}) == 2
    for pieces in streamed.values():
        assert "".join(piece.function.arguments for piece in pieces) == '{"town": "Douala"}'


def allowed(*names: str, mode: str = "auto") -> dict[str, Any]:
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


def offered(vendor: str, body: Any) -> list[str]:
    if vendor == "gemini":
        return [declared["name"] for declared in body["tools"][0]["functionDeclarations"]]
    return [item["name"] if vendor == "claude" else item["function"]["name"] for item in body["tools"]]


REQUIRED = {"claude": {"type": "any"}, "gemini": {"mode": "ANY"}, "openai": "required"}


@by_vendor
def test_only_the_allowed_tools_are_offered(chat: Chat, vendor: str) -> None:
    reply = chat.ask(vendor, BOTH, tools=TOOLS, tool_choice=allowed("price"))
    assert offered(vendor, chat.seen(vendor)) == ["price"]
    assert [call.function.name for call in reply.message.tool_calls] == ["price"]
    chat.stream(vendor, HELLO, tools=TOOLS, tool_choice=allowed("price", "weather", mode="required"))
    assert offered(vendor, chat.seen(vendor)) == ["weather", "price"]
    assert chosen(vendor, chat.seen(vendor)) == REQUIRED[vendor]


@by_vendor
def test_calls_of_tools_that_are_no_longer_allowed_stay_in_the_dialogue(chat: Chat, vendor: str) -> None:
    message = chat.ask(vendor, BOTH, tools=TOOLS).message
    results = [{"role": "tool", "tool_call_id": call.id, "content": "fine"} for call in message.tool_calls]
    history = [*BOTH, message.model_dump(exclude_none=True), *results]
    answer = chat.ask(vendor, history, tools=TOOLS, tool_choice=allowed("price"))
    assert "fine" in answer.message.content
    assert offered(vendor, chat.seen(vendor)) == ["price"]


def test_one_call_at_a_time_where_the_vendor_supports_it(chat: Chat) -> None:
    calls, dropped = {}, {}
    for vendor in VENDORS:
        reply = chat.ask(vendor, BOTH, tools=TOOLS, parallel_tool_calls=False)
        calls[vendor], dropped[vendor] = len(reply.message.tool_calls), reply.dropped
    assert calls == {"claude": 1, "gemini": 2, "openai": 1}
    assert dropped == {"claude": set(), "gemini": {"parallel_tool_calls"}, "openai": set()}
    assert chat.seen("claude")["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


@pytest.mark.parametrize("answering", VENDORS)
@by_vendor
def test_the_results_of_one_vendors_calls_are_read_by_any(chat: Chat, vendor: str, answering: str) -> None:
    message = chat.ask(vendor, BOTH, tools=TOOLS).message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"{call.function.name} is fine"}
        for call in message.tool_calls
    ]
    history = [*BOTH, message.model_dump(exclude_none=True), *results]
    answer = chat.ask(answering, history, tools=TOOLS)
    assert answer.finish == "stop"
    assert "price is fine" in answer.message.content


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "sing"}}}, "tool_choice.function.name"),
    ({"tools": TOOLS, "tool_choice": "perhaps"}, "tool_choice"),
    ({"tools": TOOLS, "tool_choice": allowed("sing")}, "tool_choice.allowed_tools.tools[0].function.name"),
    ({"tools": TOOLS, "tool_choice": allowed()}, "tool_choice.allowed_tools.tools"),
    ({"tools": TOOLS, "tool_choice": allowed("price", mode="none")}, "tool_choice.allowed_tools.mode"),
    ({"tools": TOOLS, "tool_choice": {"type": "allowed_tools"}}, "tool_choice.allowed_tools"),
    ({"tool_choice": allowed("price")}, "tool_choice"),
    ({"tools": TOOLS, "tool_choice": {"type": "custom", "custom": {"name": "price"}}}, "tool_choice.type"),
    ({"tools": TOOLS, "tool_choice": {"type": "web_search"}}, "tool_choice.type"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tools": [tool("two words")]}, "tools[0].function.name"),
    ({"tools": [tool("weather"), tool("weather")]}, "tools"),
    ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].type"),
    ({"tools": [tool("weather", strict="yes")]}, "tools[0].function.strict"),
]


@pytest.mark.parametrize(("given", "param"), REFUSED)
def test_what_is_wrong_with_tools_is_named(chat: Chat, given: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        chat.ask("claude", HELLO, **given)
    assert caught.value.param == param
    assert chat.asked() == {"claude": 0, "gemini": 0, "openai": 0}
