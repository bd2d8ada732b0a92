"""OpenAI's tools, tool choice and response format, read into the core's values."""

import json
import re
from typing import Any

from llm.adapters.structured_output.json_schema import schema_fault
from llm.api.chat import fields
from llm.api.chat.fields import bad
from llm.api.chat.unknown_fields import UnknownFields
from llm.core.chat.request import Output, OutputFormat, Tool, ToolChoice, ToolMode

MAX_TOOLS = 128
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""OpenAI's bounds (https://platform.openai.com/docs/api-reference/chat/create)."""


def read_tools(value: Any, unknown: UnknownFields) -> tuple[Tool, ...]:
    """Reads `tools`. Raises ApiError 400 that names the bad one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise bad("tools", "Must be a list.")
    if len(value) > MAX_TOOLS:
        raise bad("tools", f"At most {MAX_TOOLS} tools are allowed.")
    tools = tuple(_tool(item, f"tools[{place}]", unknown) for place, item in enumerate(value))
    if len({tool.name for tool in tools}) < len(tools):
        raise bad("tools", "Two tools have the same name.")
    return tools


def _tool(value: Any, path: str, unknown: UnknownFields) -> Tool:
    item = fields.json_object(value, path)
    unknown.note(item, ("type", "function"), path)
    if item.get("type", "function") != "function":
        raise bad(f"{path}.type", "Only functions are served as tools.")
    function = fields.json_object(item.get("function"), f"{path}.function")
    unknown.note(function, ("name", "description", "parameters", "strict"), f"{path}.function")
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return Tool(
        name=_name(function, f"{path}.function"),
        description=fields.text(function, "description", 20_000, f"{path}.function") or "",
        parameters=json.dumps(fields.json_object(parameters, f"{path}.function.parameters")),
        strict=fields.boolean(function, "strict", False, f"{path}.function"),
    )


def _name(given: dict[str, Any], path: str) -> str:
    name = fields.required_text(given, "name", path)
    if not NAME.fullmatch(name):
        raise bad(f"{path}.name", "Must be 1 to 64 letters, digits, underscores or dashes.")
    return name


def read_tool_choice(given: dict[str, Any], tools: tuple[Tool, ...]) -> tuple[tuple[Tool, ...], ToolChoice]:
    """Reads `tool_choice` and `parallel_tool_calls`: the tools that are offered, and the choice among them.

    Of `allowed_tools` only those are offered: no other vendor can be told of tools that may not be called now.
    Raises ApiError 400 for a form that is not served, and for a name that is not among `tools`.
    """
    parallel = fields.boolean(given, "parallel_tool_calls", True)
    choice = given.get("tool_choice")
    if choice is None:
        return tools, ToolChoice(parallel=parallel)
    if not tools:
        if choice in ("auto", "none"):
            return tools, ToolChoice(parallel=parallel)
        raise bad("tool_choice", "Only allowed together with tools.")
    if isinstance(choice, str):
        if choice not in list(ToolMode):
            raise bad("tool_choice", f"Must be one of {', '.join(ToolMode)}, or name a function.")
        return tools, ToolChoice(mode=ToolMode(choice), parallel=parallel)
    item = fields.json_object(choice, "tool_choice")
    if item.get("type") == "allowed_tools":
        mode, names = _allowed(fields.json_object(item.get("allowed_tools"), "tool_choice.allowed_tools"), tools)
        return tuple(tool for tool in tools if tool.name in names), ToolChoice(mode=mode, parallel=parallel)
    name = _function(item, "tool_choice", tools)
    return tools, ToolChoice(mode=ToolMode.REQUIRED, name=name, parallel=parallel)


def _allowed(given: dict[str, Any], tools: tuple[Tool, ...]) -> tuple[ToolMode, frozenset[str]]:
    path = "tool_choice.allowed_tools"
    mode = fields.one_of(given, "mode", (ToolMode.AUTO, ToolMode.REQUIRED), path)
    if mode is None:
        raise bad(f"{path}.mode", "This parameter is required.", code="missing_required_parameter")
    allowed = given.get("tools")
    if not isinstance(allowed, list) or not allowed:
        raise bad(f"{path}.tools", "Must be a list with at least one tool.")
    items = (
        (fields.json_object(item, f"{path}.tools[{at}]"), f"{path}.tools[{at}]") for at, item in enumerate(allowed)
    )
    return ToolMode(mode), frozenset(_function(item, at, tools) for item, at in items)


def _function(item: dict[str, Any], path: str, tools: tuple[Tool, ...]) -> str:
    """The name of the function that a choice names. It must be among `tools`."""
    if item.get("type", "function") != "function":
        raise bad(f"{path}.type", f"Must be function; {str(item['type'])[:40]!r} is not served here.")
    function = fields.json_object(item.get("function"), f"{path}.function")
    name = fields.required_text(function, "name", f"{path}.function")
    if name not in {tool.name for tool in tools}:
        raise bad(f"{path}.function.name", f"There is no tool {name!r} in tools.")
    return name


def read_output(value: Any, unknown: UnknownFields) -> Output:
    """Reads `response_format`. Raises ApiError 400 for a schema that no answer could be validated by."""
    if value is None:
        return Output()
    item = fields.json_object(value, "response_format")
    unknown.note(item, ("type", "json_schema"), "response_format")
    kind = fields.one_of(item, "type", list(OutputFormat), "response_format")
    if kind is None:
        raise bad("response_format.type", "This parameter is required.", code="missing_required_parameter")
    if kind != OutputFormat.JSON_SCHEMA:
        return Output(format=OutputFormat(kind))
    path = "response_format.json_schema"
    json_schema = fields.json_object(item.get("json_schema"), path)
    unknown.note(json_schema, ("name", "description", "schema", "strict"), path)
    schema = json.dumps(fields.json_object(json_schema.get("schema"), f"{path}.schema"), ensure_ascii=False)
    if fault := schema_fault(schema):
        raise bad(f"{path}.schema", fault)
    return Output(
        format=OutputFormat.JSON_SCHEMA,
        schema=schema,
        schema_name=_name(json_schema, path),
        schema_description=fields.text(json_schema, "description", 20_000, path) or "",
        strict=fields.boolean(json_schema, "strict", False, path),
    )
