"""Anthropic's messages and system prompt, read into `Message`."""

from typing import Any

from llm.api.anthropic.blocks import REQUIRED, ReadState, read_content
from llm.api.chat import fields, unserved
from llm.api.chat.fields import MAX_MESSAGES, MAX_TEXT, bad
from llm.api.chat.parts import lists_of, refuse_many_parts
from llm.core.chat.request import CLAUDE, Message, Part, Role, Text, Thinking

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}


def read_conversation(given: dict[str, Any], state: ReadState) -> tuple[Message, ...]:
    """Reads `system` and `messages`. Raises ApiError: 400 that names the bad field, 413 for too much text."""
    value = given.get("messages")
    if value is None:
        raise bad("messages", REQUIRED)
    if not isinstance(value, list):
        raise bad("messages", f"Must be a list, not {fields.kind(value)}.")
    if not value:
        raise bad("messages", "at least one message is required")
    if len(value) > MAX_MESSAGES:
        raise bad("messages", f"At most {MAX_MESSAGES:,} messages are allowed, not {len(value):,}.")
    refuse_many_parts([("system", given.get("system")), *lists_of(value, "messages.{}")])
    last_turn = unserved.last_turn([item.get("role") if isinstance(item, dict) else None for item in value])
    messages = [_message(item, f"messages.{place}", state, place < last_turn) for place, item in enumerate(value)]
    state.in_history = False
    if all(message.role is Role.SYSTEM for message in messages):
        raise bad("messages", "at least one message of the user is required")
    system = read_content(given.get("system", ""), "system", Role.SYSTEM, state)
    if state.characters > MAX_TEXT:
        text = f"At most {MAX_TEXT:,} characters of text are allowed."
        raise bad("messages", text, code="payload_too_large", status=413)
    # One message per part: the texts of one message would be joined without a break.
    return (*(Message(role=Role.SYSTEM, parts=(part,)) for part in system if part != Text(text="")), *messages)


def _message(value: Any, path: str, state: ReadState, is_earlier: bool) -> Message:
    item = fields.json_object(value, path)
    state.unknown.note(item, ("role", "content"), path)
    role = fields.one_of(item, "role", list(ROLES), path)
    if role is None:
        raise bad(f"{path}.role", REQUIRED)
    if item.get("content") is None:
        raise bad(f"{path}.content", REQUIRED)
    state.in_history = role == "assistant" or (role == "user" and is_earlier)
    parts = read_content(item["content"], f"{path}.content", ROLES[role], state)
    if not parts or parts == (Text(text=""),):
        raise bad(f"{path}.content", "all messages must have non-empty content")
    if role == "assistant":
        parts = tuple(sorted(parts, key=lambda part: not _is_foreign(part)))
    return Message(role=ROLES[role], parts=parts)


def _is_foreign(part: Part) -> bool:
    """Whether it is another vendor's thinking. A stream may send it last, but it must be first in a turn."""
    return isinstance(part, Thinking) and part.kind != CLAUDE
