"""Anthropic's content blocks, read into `Part`: text, images, documents, tool calls and their results, thinking."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from llm.api.anthropic import thinking
from llm.api.chat import documents, fields, unserved
from llm.api.chat.base64_text import compact
from llm.api.chat.fields import bad
from llm.api.chat.unknown_fields import UnknownFields
from llm.core.chat.request import Document, Image, Part, Role, Text, ToolCall, ToolResult, VendorSignature

UNKNOWN_FIELD = "Extra inputs are not permitted"
REQUIRED = "Field required"
"""Anthropic's own sentences."""

MEDIA_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
HINTS = ("cache_control", "citations", "context", "transformations", "toolset_name")
"""Fields that no other vendor has. They do not change the content, so they are dropped and reported."""
SWITCHED_OFF = {"enabled": False}
"""The value of a hint that asks for nothing, so it is not reported."""
LONGEST_DATA = 1_000_000_000
"""Characters of base64: none are too many here, since the size of bodies is bounded before."""


@dataclass(slots=True, kw_only=True)
class ReadState:
    """State across blocks: tool calls, vendors' signatures for them, characters of text, dropped and unknown fields.

    A block that no vendor here is sent is told as text when `in_history`. Elsewhere, in the user's last turn and in the
    system's words, it is refused unless it holds text.
    """

    tool_names: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, VendorSignature] = field(default_factory=dict)
    characters: int = 0
    dropped: set[str] = field(default_factory=set)
    in_history: bool = False
    unknown: UnknownFields = field(default_factory=lambda: UnknownFields(fault=UNKNOWN_FIELD))

    def text(self, text: str) -> Text:
        """The text as a part. Adds to `characters`."""
        self.characters += len(text)
        return Text(text=text)


def read_content(value: Any, path: str, role: Role, state: ReadState) -> tuple[Part, ...]:
    """The parts of a string or a list of blocks; raises ApiError 400 that names the faulty block."""
    if isinstance(value, str):
        return (state.text(value),)
    if not isinstance(value, list):
        raise bad(path, f"Must be a string or a list of blocks, not {fields.kind(value)}.")
    blocks = enumerate(value)
    return tuple(part for place, item in blocks for part in _block(item, f"{path}.{place}", role, state))


def _block(value: Any, path: str, role: Role, state: ReadState) -> tuple[Part, ...]:
    item = fields.json_object(value, path)
    kind = item.get("type")
    block = BLOCKS.get(kind) if isinstance(kind, str) else None
    if block is None and isinstance(kind, str) and (state.in_history or unserved.says_something(item)):
        return _told(item, state)
    if block is None or role not in block.roles:
        allowed = ", ".join(name for name, served in BLOCKS.items() if role in served.roles)
        raise bad(f"{path}.type", f"{str(kind)[:40]!r} is not served here from the {role}; allowed: {allowed}.")
    state.unknown.note(item, block.fields, path)
    state.dropped.update(hint for hint in HINTS if item.get(hint) and item[hint] != SWITCHED_OFF)
    return block.read(item, path, state)


def _told(item: dict[str, Any], state: ReadState) -> tuple[Part, ...]:
    """What the block says, as text. Its kind is reported as dropped."""
    state.dropped.add(unserved.label(item["type"]))
    return (state.text(unserved.told(item, unserved.LONGEST if state.in_history else None)),)


def _text(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    if not isinstance(item.get("text"), str):
        raise bad(f"{path}.text", "Must be a string.")
    return (state.text(item["text"]),)


def _image(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    path = f"{path}.source"
    source = fields.json_object(item.get("source"), path)
    kind = source.get("type")
    if kind == "url":
        return (Image(url=_address(source, path, state)),)
    if kind != "base64":
        if state.in_history:
            return _told({"type": "image"}, state)
        raise bad(f"{path}.type", f"Must be base64 or url; {str(kind)[:40]!r} is not served here.")
    state.unknown.note(source, ("type", "media_type", "data"), path)
    media_type = fields.one_of(source, "media_type", MEDIA_TYPES, path)
    if media_type is None:
        raise bad(f"{path}.media_type", REQUIRED)
    given = source.get("data")
    data = compact(given) if isinstance(given, str) else None
    if data is None:
        raise bad(f"{path}.data", "Must be a string of base64.")
    return (Image(media_type=media_type, data=data),)


def _document(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    name = fields.text(item, "title", documents.LONGEST_NAME, path) or ""
    source = fields.json_object(item.get("source"), f"{path}.source")
    kind, at = source.get("type"), f"{path}.source"
    if kind == "url":
        return (Document(url=_address(source, at, state), name=name),)
    if kind == "text":
        state.unknown.note(source, ("type", "media_type", "data"), at)
        return (state.text(documents.told(name, fields.text(source, "data", fields.MAX_TEXT, at) or "")),)
    if kind == "content":
        state.unknown.note(source, ("type", "content"), at)
        parts = read_content(source.get("content"), f"{at}.content", Role.USER, state)
        return (state.text(documents.opening(name)), *parts, Text(text=documents.CLOSING))
    if kind == "base64":
        state.unknown.note(source, ("type", "media_type", "data"), at)
        media_type = fields.required_text(source, "media_type", at).lower()
        data = fields.required_text(source, "data", at, longest=LONGEST_DATA)
        part = documents.read_file(data, media_type, name, f"{at}.data")
        if isinstance(part, Text):
            state.characters += len(part.text)
        if part is not None:
            return (part,)
        if not state.in_history:
            raise bad(f"{at}.media_type", f"Must be application/pdf or text; {media_type[:40]!r} is not served here.")
    elif not state.in_history:
        raise bad(f"{at}.type", f"Must be base64, text, content or url; {str(kind)[:40]!r} is not served here.")
    return _told({"type": "document", "name": name}, state)


def _search_result(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    title = fields.text(item, "title", documents.LONGEST_NAME, path) or ""
    source = fields.text(item, "source", 8_192, path) or ""
    parts = read_content(item.get("content"), f"{path}.content", Role.USER, state)
    if not all(isinstance(part, Text) for part in parts):
        raise bad(f"{path}.content", "A search result holds only text.")
    state.dropped.add("search_result")
    name = ", ".join(filter(None, (title, source)))
    return (state.text(documents.opening(name)), *parts, Text(text=documents.CLOSING))


def _tool_reference(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    """The name alone: all tools are sent along, also those that the caller defers."""
    fields.required_text(item, "tool_name", path)
    return _told(item, state)


def _address(source: dict[str, Any], path: str, state: ReadState) -> str:
    """The http(s) address of a source of the type `url`."""
    state.unknown.note(source, ("type", "url"), path)
    url = fields.required_text(source, "url", path, longest=8_192)
    if not url.startswith(("https://", "http://")):
        raise bad(f"{path}.url", "Must be an http(s) address.")
    return url


def _tool_use(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    call_id = fields.required_text(item, "id", path)
    name = fields.required_text(item, "name", path)
    given = fields.json_object(item.get("input"), f"{path}.input")
    arguments = json.dumps(given, ensure_ascii=False)
    state.characters += len(arguments)
    state.tool_names[call_id] = name
    return (ToolCall(id=call_id, name=name, arguments=arguments, vendor_signature=state.signatures.get(call_id)),)


def _tool_result(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    """The result, and after it its images and documents: only Anthropic accepts them inside a tool's result."""
    call_id = fields.required_text(item, "tool_use_id", path)
    if call_id not in state.tool_names:
        raise bad(
            f"{path}.tool_use_id", f"unexpected `tool_use_id`: no `tool_use` block before it has the id {call_id}"
        )
    failed = fields.boolean(item, "is_error", False, under=path)
    content = item.get("content")
    parts = read_content("" if content is None else content, f"{path}.content", Role.USER, state)
    if any(isinstance(part, ToolResult) for part in parts):
        raise bad(f"{path}.content", "A tool's result holds only text, images and documents.")
    text = "".join(map(_in_result, parts))
    # No other vendor has a flag for failed tools, so the text says it.
    if failed and not text.lower().startswith("error"):
        text = f"Error: {text}"
    result = ToolResult(call_id=call_id, name=state.tool_names[call_id], content=text)
    return (result, *(part for part in parts if isinstance(part, Image | Document)))


def _in_result(part: Part) -> str:
    """The text of a part in a tool's result; of what follows the results, a mark in its place."""
    if isinstance(part, Document):
        return f"[document {part.name}]" if part.name else "[document]"
    return part.text if isinstance(part, Text) else "[image]"


def _thinking(item: dict[str, Any], path: str, state: ReadState) -> tuple[Part, ...]:
    thought, call_id = thinking.read_block(item, path)
    state.characters += len(thought.text) + len(thought.signature)
    if call_id:
        state.signatures[call_id] = VendorSignature(kind=thought.kind, signature=thought.signature)
        return ()
    if not thought.signature:
        state.dropped.add("thinking")  # unsigned: its own vendor would refuse it too
        return ()
    return (thought,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A kind of content block: the roles that may send it, its fields, and its reader."""

    roles: frozenset[Role]
    fields: frozenset[str]
    read: Callable[[dict[str, Any], str, ReadState], tuple[Part, ...]]


BLOCKS = {
    "text": Block(roles=frozenset(Role), fields=frozenset({"type", "text", "cache_control", "citations"}), read=_text),
    "image": Block(
        roles=frozenset({Role.USER}),
        fields=frozenset({"type", "source", "cache_control", "transformations"}),
        read=_image,
    ),
    "document": Block(
        roles=frozenset({Role.USER}),
        fields=frozenset({"type", "source", "title", "context", "citations", "cache_control"}),
        read=_document,
    ),
    "search_result": Block(
        roles=frozenset({Role.USER, Role.ASSISTANT}),
        fields=frozenset({"type", "source", "title", "content", "citations", "cache_control"}),
        read=_search_result,
    ),
    "tool_reference": Block(
        roles=frozenset({Role.USER, Role.ASSISTANT}),
        fields=frozenset({"type", "tool_name", "cache_control"}),
        read=_tool_reference,
    ),
    "tool_use": Block(
        roles=frozenset({Role.ASSISTANT}),
        fields=frozenset({"type", "id", "name", "input", "cache_control", "caller", "toolset_name"}),
        read=_tool_use,
    ),
    "tool_result": Block(
        roles=frozenset({Role.USER}),
        fields=frozenset({"type", "tool_use_id", "content", "is_error", "cache_control", "toolset_name"}),
        read=_tool_result,
    ),
    "thinking": Block(
        roles=frozenset({Role.ASSISTANT}), fields=frozenset({"type", "thinking", "signature"}), read=_thinking
    ),
    "redacted_thinking": Block(roles=frozenset({Role.ASSISTANT}), fields=frozenset({"type", "data"}), read=_thinking),
}
"""The blocks that are read (https://platform.claude.com/docs/en/api/messages). Others are told as text in history."""
