"""Anthropic's request, parameter by parameter: what is understood, what is refused and under which name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.api.anthropic.blocks import BLOCKS
from llm.api.anthropic.request import COUNTED, HINTS, OURS, SAMPLED, read_count, read_messages_call
from llm.core.chat.request import Output, OutputFormat, Role, ToolChoice, ToolMode, message
from tests.api.anthropic.reading import HELLO, WEATHER, read, refusal
from web.errors import ApiError


def test_the_smallest_request() -> None:
    call = read()
    assert (call.model, call.request.max_tokens) == ("default", 2_000)
    assert call.request.messages == (message(Role.USER, "Hello"),)
    assert (call.stream, call.fallbacks, call.static, call.language, call.thinks) == (False, None, True, None, False)
    assert call.request.unserved == ()


def test_sampling_parameters_are_passed_on() -> None:
    request = read(temperature=0.5, top_p=1, stop_sequences=["a", "b"], metadata={"user_id": "u"}).request
    assert (request.temperature, request.top_p, request.stop, request.user) == (0.5, 1.0, ("a", "b"), "u")


def test_a_null_is_as_good_as_nothing() -> None:
    nothing = {"temperature": None, "tools": None, "stream": None, "container": None, "thinking": None, "system": None}
    assert read(**nothing) == read()


def test_our_three_additions() -> None:
    call = read(fallbacks=["openai", "gemini", "openai"], static=False, language="en")
    assert (call.fallbacks, call.static, call.language) == (("openai", "gemini"), False, "en")


@pytest.mark.parametrize(
    ("given", "effort"),
    [
        ({}, None),
        ({"thinking": {"type": "adaptive"}}, None),
        ({"thinking": {"type": "between_tools"}}, None),
        ({"thinking": {"type": "disabled"}}, "none"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1_024}}, "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1_025}}, "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 8_192}}, "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 9_999, "display": "omitted"}}, "high"),
        ({"output_config": {"effort": "max"}}, "max"),
        ({"output_config": {"effort": "xhigh"}, "thinking": {"type": "adaptive"}}, "xhigh"),
        ({"output_config": {"effort": "low"}, "thinking": {"type": "enabled", "budget_tokens": 9_999}}, "low"),
        ({"output_config": {"effort": "high"}, "thinking": {"type": "disabled"}}, "none"),
    ],
)
def test_thinking_is_an_effort(given: dict[str, Any], effort: str | None) -> None:
    assert read(max_tokens=10_000, **given).request.reasoning_effort == effort


def test_only_who_asks_for_thinking_awaits_its_blocks() -> None:
    assert read(thinking={"type": "adaptive"}).thinks
    assert not read(thinking={"type": "disabled"}).thinks
    assert not read(output_config={"effort": "high"}).thinks


def test_thinking_with_display_omitted_is_shown_and_reported_as_dropped() -> None:
    assert read(thinking={"type": "adaptive", "display": "omitted"}).request.unserved == ("thinking.display",)
    assert read(thinking={"type": "adaptive", "display": "summarized"}).request.unserved == ()


def test_dropped_fields_are_remembered() -> None:
    assert read(service_tier="auto", speed="standard").request.unserved == ()
    hints = {
        "top_k": 5,
        "service_tier": "flex",
        "speed": "fast",
        "diagnostics": {},
        "context_management": {"edits": []},
    }
    marked = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}, "citations": None}]
    call = read(**hints, messages=[{"role": "user", "content": marked}], tools=[{**WEATHER, "defer_loading": True}])
    assert call.request.unserved == (
        "cache_control",
        "context_management",
        "defer_loading",
        "diagnostics",
        "service_tier",
        "speed",
        "top_k",
    )


@pytest.mark.parametrize("place", ["output_config", "output_format"])
def test_a_form_of_the_answer(place: str) -> None:
    wanted = {"type": "json_schema", "schema": {"type": "object"}}
    given = {place: {"format": wanted} if place == "output_config" else wanted}
    assert read(**given).request.output == Output(format=OutputFormat.JSON_SCHEMA, schema='{"type": "object"}')


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"type": "auto"}, ToolChoice()),
        ({"type": "none"}, ToolChoice(mode=ToolMode.NONE)),
        ({"type": "any"}, ToolChoice(mode=ToolMode.REQUIRED)),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice(mode=ToolMode.REQUIRED, parallel=False)),
        ({"type": "tool", "name": "weather"}, ToolChoice(mode=ToolMode.REQUIRED, name="weather")),
    ],
)
def test_tool_choices(choice: dict[str, Any], expected: ToolChoice) -> None:
    assert read(tools=[WEATHER], tool_choice=choice).request.tool_choice == expected


def test_tools_are_understood() -> None:
    given = {**WEATHER, "type": "custom", "description": "d", "strict": True, "allowed_callers": ["direct"]}
    (tool,) = read(tools=[given]).request.tools
    assert (tool.name, tool.description, tool.strict) == ("weather", "d", True)
    assert '"required": ["town"]' in tool.parameters


@pytest.mark.parametrize("name", ["web_search_20260318", "bash_20250124", "mcp_toolset", 5])
def test_anthropics_server_tools_are_refused_by_name(name: Any) -> None:
    error = refusal(tools=[WEATHER, {"type": name, "name": "x"}])
    assert (error.status, error.param) == (400, "tools.1.type")
    assert str(name) in error.message


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"stream": "true"}, "stream"),
        ({"temperature": 1.1}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"top_k": 1.5}, "top_k"),
        ({"stop_sequences": "a"}, "stop_sequences"),
        ({"stop_sequences": ["a", " "]}, "stop_sequences"),
        ({"stop_sequences": ["a"] * 65}, "stop_sequences"),
        ({"metadata": {"user_id": 5}}, "metadata.user_id"),
        ({"metadata": {"name": "x"}}, "metadata.name"),
        ({"metadata": []}, "metadata"),
        ({"thinking": "on"}, "thinking"),
        ({"thinking": {}}, "thinking.type"),
        ({"thinking": {"type": "maybe"}}, "thinking.type"),
        ({"thinking": {"type": "adaptive", "display": "full"}}, "thinking.display"),
        ({"thinking": {"type": "adaptive", "depth": 5}}, "thinking.depth"),
        ({"thread": {"type": "create"}}, "thread"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1_000}}, "thinking.budget_tokens"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "thinking.budget_tokens"),
        ({"output_config": {"effort": "none"}}, "output_config.effort"),
        ({"output_config": {"forms": {}}}, "output_config.forms"),
        ({"output_config": {"format": {"type": "json_object"}}}, "output_config.format.type"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema"),
        ({"output_format": {"type": "xml"}}, "output_format.type"),
        ({"container": "c"}, "container"),
        ({"inference_geo": "us"}, "inference_geo"),
        ({"mcp_servers": [{"url": "x"}]}, "mcp_servers"),
        ({"temprature": 1}, "temprature"),
        ({"max_completion_tokens": 1}, "max_completion_tokens"),
        ({"fallbacks": "gemini"}, "fallbacks"),
        ({"static": "no"}, "static"),
        ({"language": "de"}, "language"),
        ({"tools": {}}, "tools"),
        ({"tools": ["f"]}, "tools.0"),
        ({"tools": [{"name": "f"}]}, "tools.0.input_schema"),
        ({"tools": [{"name": "f", "input_schema": []}]}, "tools.0.input_schema"),
        ({"tools": [{"name": "a b", "input_schema": {}}]}, "tools.0.name"),
        ({"tools": [{**WEATHER, "parameters": {}}]}, "tools.0.parameters"),
        ({"tools": [{**WEATHER, "allowed_callers": ["code_execution_20260120"]}]}, "tools.0.allowed_callers"),
        ({"tools": [WEATHER, WEATHER]}, "tools"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": "auto"}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {}}, "tool_choice.type"),
        ({"tools": [WEATHER], "tool_choice": {"type": "required"}}, "tool_choice.type"),
        ({"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "no"}}, "tool_choice.name"),
        ({"tools": [WEATHER], "tool_choice": {"type": "auto", "disable_parallel_tool_use": 1}},
         "tool_choice.disable_parallel_tool_use"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(given: dict[str, Any], param: str) -> None:
    error = refusal(**given)
    assert (error.status, error.param) == (400, param)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "role", "content", "text", "name", "id", "input", "source"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(sorted(COUNTED | SAMPLED | OURS | HINTS)), anything),
    anything,
    st.sampled_from(sorted(BLOCKS)),
)
def test_whatever_comes_is_read_or_refused_by_name(body: dict[str, Any], content: Any, kind: str) -> None:
    block = {**(content if isinstance(content, dict) else {"content": content}), "type": kind}
    turns = [{"role": role, "content": [block]} for role in ("assistant", "user")]
    for tried in (body, {"model": "m", "max_tokens": 9, "messages": turns}, {**body, "messages": [turns[0]]}):
        fault = _fault(tried)
        assert fault is None or (fault.status in (400, 413) and fault.param)


def _fault(body: dict[str, Any]) -> ApiError | None:
    try:
        read_messages_call(body)
    except ApiError as error:
        return error
    return None


def test_a_count_takes_what_counts_and_nothing_else() -> None:
    asked = {"model": "default", "messages": HELLO, "system": "s", "tools": [WEATHER], "thinking": {"type": "adaptive"}}
    assert read_count(asked).request.tools
    for extra in ({"max_tokens": 5}, {"stream": True}, {"static": False}):
        with pytest.raises(ApiError, match="Extra inputs are not permitted"):
            read_count({**asked, **extra}, strict=True)
