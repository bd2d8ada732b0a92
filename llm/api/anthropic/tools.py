"""Anthropic's tools, tool choice and output format, read into the core's values."""

import json
import re
from typing import Any

from llm.api.anthropic.blocks import REQUIRED, ReadState
from llm.api.chat import fields
from llm.api.chat.fields import bad
from llm.core.chat.request import Output, OutputFormat, Tool, ToolChoice, ToolMode

MAX_TOOLS = 1_000
"""Our own bound. A vendor refuses what exceeds its lower one."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""Anthropic's bounds (https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use)."""

FIELDS = frozenset(
    {
        "type", "name", "description", "input_schema", "cache_control", "strict", "input_examples", "defer_loading",
        "allowed_callers", "eager_input_streaming",
    }
)  # fmt: skip
HINTS = ("cache_control", "input_examples", "defer_loading")
"""Fields for price or quality. They are dropped and reported: the tool works without them."""

MODES = {"auto": ToolMode.AUTO, "any": ToolMode.REQUIRED, "tool": ToolMode.REQUIRED, "none": ToolMode.NONE}


def read_tools(value: Any, state: ReadState) -> tuple[Tool, ...]:
    """Reads `tools`. Raises ApiError 400 that names the bad one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise bad("tools", f"Must be a list, not {fields.kind(value)}.")
    if len(value) > MAX_TOOLS:
        raise bad("tools", f"At most {MAX_TOOLS:,} tools are allowed.")
    tools = tuple(_tool(item, f"tools.{place}", state) for place, item in enumerate(value))
    if len({tool.name for tool in tools}) < len(tools):
        raise bad("tools", "Tool names must be unique.")
    return tools


def _tool(value: Any, path: str, state: ReadState) -> Tool:
    item = fields.json_object(value, path)
    kind = item.get("type")
    if kind not in (None, "custom"):
        fault = f"{str(kind)[:60]!r} runs at Anthropic or is of its making, and is not served here"
        raise bad(f"{path}.type", f"{fault}: only custom tools are.")
    state.unknown.note(item, FIELDS, path)
    if item.get("allowed_callers") not in (None, ["direct"]):
        raise bad(f"{path}.allowed_callers", 'Only ["direct"] is served here.')
    name = fields.required_text(item, "name", path)
    if not NAME.fullmatch(name):
        raise bad(f"{path}.name", "Must be 1 to 128 letters, digits, underscores or dashes.")
    if item.get("input_schema") is None:
        raise bad(f"{path}.input_schema", REQUIRED)
    schema = fields.json_object(item["input_schema"], f"{path}.input_schema")
    state.dropped.update(hint for hint in HINTS if item.get(hint))
    return Tool(
        name=name,
        description=fields.text(item, "description", 50_000, path) or "",
        parameters=json.dumps(schema, ensure_ascii=False),
        strict=fields.boolean(item, "strict", False, under=path),
    )


def read_tool_choice(value: Any, tools: tuple[Tool, ...], state: ReadState) -> ToolChoice:
    """Reads `tool_choice`. A named tool must be among `tools`; else raises ApiError 400."""
    if value is None:
        return ToolChoice()
    item = fields.json_object(value, "tool_choice")
    state.unknown.note(item, ("type", "name", "disable_parallel_tool_use"), "tool_choice")
    kind = fields.one_of(item, "type", list(MODES), "tool_choice")
    if kind is None:
        raise bad("tool_choice.type", REQUIRED)
    parallel = not fields.boolean(item, "disable_parallel_tool_use", False, under="tool_choice")
    if not tools and kind in ("any", "tool"):
        raise bad("tool_choice", "Only allowed together with tools.")
    if kind != "tool":
        return ToolChoice(mode=MODES[kind], parallel=parallel)
    name = fields.required_text(item, "name", "tool_choice")
    if name not in {tool.name for tool in tools}:
        raise bad("tool_choice.name", f"There is no tool {name!r} in tools.")
    return ToolChoice(mode=ToolMode.REQUIRED, name=name, parallel=parallel)


def read_output(value: Any, path: str, state: ReadState) -> Output:
    """Reads a `format`: None, or a JSON schema."""
    if value is None:
        return Output()
    item = fields.json_object(value, path)
    state.unknown.note(item, ("type", "schema"), path)
    if item.get("type") != OutputFormat.JSON_SCHEMA:
        raise bad(f"{path}.type", "Must be json_schema.")
    schema = fields.json_object(item.get("schema"), f"{path}.schema")
    return Output(format=OutputFormat.JSON_SCHEMA, schema=json.dumps(schema, ensure_ascii=False))
