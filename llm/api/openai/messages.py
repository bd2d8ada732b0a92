"""OpenAI's messages, read into `Message`: roles, string and multi-part content, tool calls and their results."""

import re
from dataclasses import replace
from typing import Any

from llm.api.chat import fields
from llm.api.chat.fields import MAX_MESSAGES, MAX_TEXT, bad
from llm.api.chat.unknown_fields import UnknownFields
from llm.api.openai.signatures import read_signature, read_thinking
from llm.core.chat.json_text import arguments_text
from llm.core.chat.request import Image, Message, Part, Role, Text, Thinking, ToolCall, ToolResult

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
        "annotations",
        "tool_calls",
        "tool_call_id",
        "thinking_blocks",
        "extra_content",
    }
)
"""A message's fields: OpenAI's, and those that carry other vendors' signatures. Annotations are an answer's sources."""

DETAILS = ("auto", "low", "high", "original")

DATA_URL = re.compile(r"data:(image/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=\s]+)", re.IGNORECASE)


def read_messages(value: Any, unknown: UnknownFields) -> tuple[Message, ...]:
    """Reads `messages`. Raises ApiError: 400 that names the bad one, 413 for too much text."""
    if not isinstance(value, list) or not value:
        raise bad("messages", "Must be a list with at least one message.", code="missing_required_parameter")
    if len(value) > MAX_MESSAGES:
        raise bad("messages", f"At most {MAX_MESSAGES:,} messages are allowed, not {len(value):,}.")
    tool_names: dict[str, str] = {}
    messages = tuple(_message(item, f"messages[{place}]", tool_names, unknown) for place, item in enumerate(value))
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


def _message(value: Any, path: str, tool_names: dict[str, str], unknown: UnknownFields) -> Message:
    item = fields.json_object(value, path)
    unknown.note(item, FIELDS, path)
    role = fields.required_text(item, "role", path)
    if role not in ROLES:
        raise bad(f"{path}.role", f"Must be one of {', '.join(ROLES)}.")
    if role == "tool":
        return Message(role=Role.USER, parts=(_tool_result(item, path, tool_names),))
    parts = _content(item.get("content"), f"{path}.content", images=role == "user")
    if role == "assistant":
        if not parts and isinstance(item.get("refusal"), str):
            parts = (Text(text=item["refusal"]),)
        calls = _tool_calls(item.get("tool_calls"), path)
        tool_names.update({call.id: call.name for call in calls})
        if calls:
            parts = (*(part for part in parts if part != Text(text="")), *calls)
        parts = (*read_thinking(item, path), *parts) if parts else ()
    if not parts:
        raise bad(f"{path}.content", "This parameter is required.", code="missing_required_parameter")
    return Message(role=ROLES[role], parts=parts)


def _content(value: Any, path: str, *, images: bool) -> tuple[Part, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (Text(text=value),)
    if not isinstance(value, list):
        raise bad(path, f"Must be a string or a list of parts, not {fields.kind(value)}.")
    return tuple(_part(item, f"{path}[{place}]", images=images) for place, item in enumerate(value))


def _part(value: Any, path: str, *, images: bool) -> Part:
    item = fields.json_object(value, path)
    kind = item.get("type")
    if kind == "image_url" and images:
        return _image(item.get("image_url"), f"{path}.image_url")
    name = {"text": "text", "refusal": "refusal"}.get(str(kind))
    if name is None:
        allowed = "text or image_url" if images else "text"
        raise bad(f"{path}.type", f"Must be {allowed}; {str(kind)[:40]!r} is not served here.")
    if not isinstance(item.get(name), str):
        raise bad(f"{path}.{name}", "Must be a string.")
    return Text(text=item[name])


def _image(value: Any, path: str) -> Image:
    given = {"url": value} if isinstance(value, str) else fields.json_object(value, path)
    url, detail = given.get("url"), fields.one_of(given, "detail", DETAILS, path)
    if not isinstance(url, str):
        raise bad(f"{path}.url", "Must be a string.")
    if url.startswith(("https://", "http://")):
        return Image(url=url, detail=detail)
    if match := DATA_URL.fullmatch(url):
        return Image(media_type=match[1].lower(), data="".join(match[2].split()), detail=detail)
    raise bad(f"{path}.url", "Must be an http(s) address, or a data: URL of a base64 image.")


def _tool_result(item: dict[str, Any], path: str, tool_names: dict[str, str]) -> ToolResult:
    call_id = fields.required_text(item, "tool_call_id", path)
    if call_id not in tool_names:
        raise bad(f"{path}.tool_call_id", "No assistant message before it has a tool call of this id.")
    parts = _content(item.get("content"), f"{path}.content", images=False)
    text = "".join(part.text for part in parts if isinstance(part, Text))
    return ToolResult(call_id=call_id, name=tool_names[call_id], content=text)


def _tool_calls(value: Any, path: str) -> tuple[ToolCall, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise bad(f"{path}.tool_calls", "Must be a list.")
    return tuple(_tool_call(item, f"{path}.tool_calls[{place}]") for place, item in enumerate(value))


def _tool_call(value: Any, path: str) -> ToolCall:
    item = fields.json_object(value, path)
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
