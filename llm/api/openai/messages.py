"""OpenAI's messages, read into `Message`: roles, content, tool calls and their results."""

import json
from dataclasses import replace
from typing import Any

from llm.api.chat import fields, unserved
from llm.api.chat.fields import MAX_MESSAGES, MAX_TEXT, bad
from llm.api.chat.parts import lists_of, refuse_many_parts
from llm.api.chat.unknown_fields import UnknownFields
from llm.api.openai.parts import ReadState, read_content, told
from llm.api.openai.signatures import read_signature, read_thinking
from llm.core.chat.json_text import arguments_text
from llm.core.chat.request import Message, Part, Role, Text, Thinking, ToolCall, ToolResult

ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.USER,
}
"""OpenAI's role -> ours. A tool's result counts as the user's."""

FIELDS = frozenset(
    {
        "role",
        "content",
        "name",
        "refusal",
        "audio",
        "annotations",
        "tool_calls",
        "tool_call_id",
        "thinking_blocks",
        "extra_content",
        "reasoning_content",
    }
)
"""A message's fields: OpenAI's, and those that carry other vendors' signatures. Annotations are an answer's sources."""


def read_messages(value: Any, unknown: UnknownFields, dropped: set[str]) -> tuple[Message, ...]:
    """Reads `messages`, and adds to `dropped` the kinds of content that are told as text.

    Raises ApiError: 400 that names the bad one, 413 for too much text.
    """
    if not isinstance(value, list) or not value:
        raise bad("messages", "Must be a list with at least one message.", code="missing_required_parameter")
    if len(value) > MAX_MESSAGES:
        raise bad("messages", f"At most {MAX_MESSAGES:,} messages are allowed, not {len(value):,}.")
    refuse_many_parts(lists_of(value, "messages[{}]"))
    state = ReadState(dropped=dropped)
    last_turn = unserved.last_turn([item.get("role") if isinstance(item, dict) else None for item in value])
    messages = tuple(
        _message(item, f"messages[{place}]", state, unknown, place < last_turn) for place, item in enumerate(value)
    )
    if all(message.role is Role.SYSTEM for message in messages):
        # OpenAI accepts system messages alone. The others demand a user, so the last message becomes the user's.
        messages = (*messages[:-1], replace(messages[-1], role=Role.USER))
    if sum(_size(part) for message in messages for part in message.parts) > MAX_TEXT:
        raise bad(
            "messages", f"At most {MAX_TEXT:,} characters of text are allowed.", code="payload_too_large", status=413
        )
    return messages


def _size(part: Part) -> int:
    match part:
        case Text():
            return len(part.text)
        case Thinking():
            return len(part.text) + len(part.signature)
        case ToolCall():
            return len(part.arguments) + (len(part.vendor_signature.signature) if part.vendor_signature else 0)
        case ToolResult():
            return len(part.content)
    return 0


def _message(value: Any, path: str, state: ReadState, unknown: UnknownFields, is_earlier: bool) -> Message:
    item = fields.json_object(value, path)
    unknown.note(item, FIELDS, path)
    role = fields.required_text(item, "role", path)
    if role not in ROLES:
        raise bad(f"{path}.role", f"Must be one of {', '.join(ROLES)}.")
    state.in_history = role == "assistant" or (ROLES[role] is Role.USER and is_earlier)
    if role == "tool":
        return Message(role=Role.USER, parts=(_tool_result(item, path, state),))
    parts = read_content(item.get("content"), f"{path}.content", role, state)
    if role == "assistant":
        if not parts and isinstance(item.get("refusal"), str):
            parts = (Text(text=item["refusal"]),)
        if not parts and item.get("audio"):
            parts = (told({"type": "audio"}, state),)
        calls = _tool_calls(item.get("tool_calls"), path)
        state.tool_names.update({call.id: call.name for call in calls})
        if calls:
            parts = (*(part for part in parts if part != Text(text="")), *calls)
        parts = (*read_thinking(item, path), *parts) if parts else ()
    if not parts:
        raise bad(f"{path}.content", "This parameter is required.", code="missing_required_parameter")
    return Message(role=ROLES[role], parts=parts)


def _tool_result(item: dict[str, Any], path: str, state: ReadState) -> ToolResult:
    call_id = fields.required_text(item, "tool_call_id", path)
    if call_id not in state.tool_names:
        raise bad(f"{path}.tool_call_id", "No assistant message before it has a tool call of this id.")
    parts = read_content(item.get("content"), f"{path}.content", "tool", state)
    text = "".join(part.text for part in parts if isinstance(part, Text))
    return ToolResult(call_id=call_id, name=state.tool_names[call_id], content=text)


def _tool_calls(value: Any, path: str) -> tuple[ToolCall, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise bad(f"{path}.tool_calls", "Must be a list.")
    return tuple(_tool_call(item, f"{path}.tool_calls[{place}]") for place, item in enumerate(value))


def _tool_call(value: Any, path: str) -> ToolCall:
    item = fields.json_object(value, path)
    if item.get("type") == "custom":
        # The other vendors know functions only: what a custom tool was told is one argument.
        custom = fields.json_object(item.get("custom"), f"{path}.custom")
        given = json.dumps(
            {"input": fields.text(custom, "input", MAX_TEXT, f"{path}.custom") or ""}, ensure_ascii=False
        )
        item = {**item, "function": {"name": custom.get("name"), "arguments": given}}
    function = fields.json_object(item.get("function"), f"{path}.function")
    arguments = function.get("arguments", "")
    if not isinstance(arguments, str):
        raise bad(f"{path}.function.arguments", "Must be a string of JSON.")
    return ToolCall(
        id=fields.required_text(item, "id", path),
        name=fields.required_text(function, "name", f"{path}.function"),
        arguments=arguments_text(arguments),
        vendor_signature=read_signature(item),
    )
