"""Messages, tools and formats of OpenAI's request: what is understood, and by which place a faulty one is named."""

import json
from typing import Any

import pytest

from llm.api.chat.gateway import last_user_text
from llm.api.openai.messages import MAX_MESSAGES, MAX_TEXT
from llm.core.chat.request import (
    Image,
    Message,
    Output,
    OutputFormat,
    Role,
    Text,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
)
from tests.api.reading import HELLO, WEATHER, read, refusal


def messages(*given: Any) -> tuple[Message, ...]:
    return read(messages=list(given)).request.messages


def test_system_and_developer_are_the_same_to_us() -> None:
    roles = [m.role for m in messages(*({"role": r, "content": "x"} for r in ("system", "developer", "user")))]
    assert roles == [Role.SYSTEM, Role.SYSTEM, Role.USER]


def test_content_may_come_in_parts() -> None:
    (found,) = messages(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "data:image/PNG;base64,iVBO\nRw0="}},
            ],
        }
    )
    assert found.parts == (
        Text(text="What is this?"),
        Image(url="https://example.com/a.png", detail="low"),
        Image(media_type="image/png", data="iVBORw0="),
    )


def test_a_tool_round_is_understood() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"town": "Douala"}'}}
    _, asked, told = messages(
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "Rain"}]},
    )
    assert asked.parts == (ToolCall(id="c1", name="weather", arguments='{"town": "Douala"}'),)
    assert (told.role, told.parts) == (Role.USER, (ToolResult(call_id="c1", name="weather", content="Rain"),))


def test_an_empty_text_beside_a_tool_call_is_dropped() -> None:
    call = {"id": "c1", "function": {"name": "weather"}}
    (_, asked) = messages({"role": "user", "content": "x"}, {"role": "assistant", "content": "", "tool_calls": [call]})
    assert asked.parts == (ToolCall(id="c1", name="weather", arguments="{}"),)


@pytest.mark.parametrize("arguments", ["not json", "[1]", '"x"'])
def test_broken_arguments_of_a_history_still_make_an_object(arguments: str) -> None:
    call = {"id": "c1", "function": {"name": "weather", "arguments": arguments}}
    (_, asked) = messages({"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [call]})
    (part,) = asked.parts
    assert isinstance(part, ToolCall)
    assert json.loads(part.arguments) == {"value": arguments}


def test_an_earlier_refusal_is_text() -> None:
    (_, said) = messages({"role": "user", "content": "x"}, {"role": "assistant", "content": None, "refusal": "No."})
    assert said.text == "No."


def test_system_messages_alone_become_the_users() -> None:
    found = messages({"role": "system", "content": "a"}, {"role": "system", "content": "b"})
    assert [m.role for m in found] == [Role.SYSTEM, Role.USER]


@pytest.mark.parametrize(
    ("faulty", "param"),
    [
        ("hello", "messages[1]"),
        ({"content": "x"}, "messages[1].role"),
        ({"role": "robot", "content": "x"}, "messages[1].role"),
        ({"role": "user"}, "messages[1].content"),
        ({"role": "user", "content": 5}, "messages[1].content"),
        ({"role": "user", "content": []}, "messages[1].content"),
        ({"role": "user", "content": ["x"]}, "messages[1].content[0]"),
        ({"role": "user", "content": [{"type": "text"}]}, "messages[1].content[0].text"),
        ({"role": "user", "content": [{"type": "input_audio"}]}, "messages[1].content[0].type"),
        ({"role": "system", "content": [{"type": "image_url"}]}, "messages[1].content[0].type"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "messages[1].content[0].image_url"),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]},
            "messages[1].content[0].image_url.url",
        ),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:text/html;base64,aaaa"}}]},
            "messages[1].content[0].image_url.url",
        ),
        ({"role": "assistant", "content": None}, "messages[1].content"),
        ({"role": "assistant", "tool_calls": {}}, "messages[1].tool_calls"),
        ({"role": "assistant", "tool_calls": [{"id": "c"}]}, "messages[1].tool_calls[0].function"),
        ({"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}, "messages[1].tool_calls[0].id"),
        ({"role": "tool", "content": "x"}, "messages[1].tool_call_id"),
        ({"role": "tool", "content": "x", "tool_call_id": "nobody"}, "messages[1].tool_call_id"),
    ],
)
def test_a_bad_message_is_named_by_its_place(faulty: Any, param: str) -> None:
    error = refusal(messages=[*HELLO, faulty])
    assert (error.status, error.param) == (400, param)


def test_there_is_a_limit_to_the_number_of_messages() -> None:
    assert len(messages(*(HELLO * MAX_MESSAGES))) == MAX_MESSAGES
    assert refusal(messages=HELLO * (MAX_MESSAGES + 1)).status == 400


def test_there_is_a_limit_to_all_text_together() -> None:
    half = {"role": "user", "content": "x" * (MAX_TEXT // 2)}
    assert len(messages(half, half)) == 2
    error = refusal(messages=[half, half, *HELLO])
    assert (error.status, error.param) == (413, "messages")


def test_the_language_is_that_of_the_last_user_message() -> None:
    found = messages({"role": "user", "content": "Bonjour"}, {"role": "assistant", "content": "Hello"})
    assert last_user_text(found) == "Bonjour"
    assert last_user_text(messages({"role": "assistant", "content": "Hello"})) == ""


def test_tools_are_understood() -> None:
    (tool,) = read(
        tools=[{"type": "function", "function": {"name": "f", "description": "d", "strict": True}}]
    ).request.tools
    assert (tool.name, tool.description) == ("f", "d")
    assert json.loads(tool.parameters) == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", ToolChoice()),
        ("none", ToolChoice(mode=ToolMode.NONE)),
        ("required", ToolChoice(mode=ToolMode.REQUIRED)),
        ({"type": "function", "function": {"name": "weather"}}, ToolChoice(mode=ToolMode.REQUIRED, name="weather")),
    ],
)
def test_tool_choices(choice: Any, expected: ToolChoice) -> None:
    assert read(tools=[WEATHER], tool_choice=choice).request.tool_choice == expected


def test_one_tool_call_at_a_time() -> None:
    assert read(tools=[WEATHER], parallel_tool_calls=False).request.tool_choice.parallel is False


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"tools": ["f"]}, "tools[0]"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"tools": [{"function": {"name": "f", "parameters": []}}]}, None),
        ({"tools": [{"function": {"name": "f", "parameters": "x"}}]}, "tools[0].function.parameters"),
        ({"tools": [WEATHER, WEATHER]}, "tools"),
        ({"tools": [WEATHER] * 129}, "tools"),
        ({"tools": [WEATHER], "tool_choice": "always"}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {"function": {"name": "no"}}}, "tool_choice.function.name"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {}}, "response_format.type"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}},
            "response_format.json_schema.schema",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
            "response_format.json_schema.name",
        ),
    ],
)
def test_a_bad_tool_or_format_is_named_by_its_place(given: dict[str, Any], param: str | None) -> None:
    if param is None:
        assert read(**given).request.tools
    else:
        assert refusal(**given).param == param


def test_formats_are_understood() -> None:
    assert read(response_format={"type": "text"}).request.output == Output()
    assert read(response_format={"type": "json_object"}).request.output == Output(format=OutputFormat.JSON)
    wanted = {"type": "json_schema", "json_schema": {"name": "town", "schema": {"type": "object"}, "strict": True}}
    assert read(response_format=wanted).request.output == Output(
        format=OutputFormat.JSON_SCHEMA, schema='{"type": "object"}', schema_name="town", strict=True
    )
