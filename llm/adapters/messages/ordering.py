"""Brings a dialogue into the order that vendors insist on, with what one of them may see of it.

Claude and Gemini want the user first, turns alternating and the user last; OpenAI takes any order, if only
calls are answered and the assistant has not the last word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from llm.adapters.messages.tool_results import IdForm, paired
from llm.core.chat.request import ChatRequest, Message, OutputFormat, Part, Role, Text, Thinking, ToolCall

OPENING = "…"
"""Stands for what was said before a dialogue that begins with the assistant, or has no turn at all."""
GO_ON = "Continue exactly where your last message stopped."
JSON_ORDER = "Answer with one JSON object and nothing else: no prose around it, no code fence."


def spoken(messages: Iterable[Message], *, kind: str, ids: IdForm) -> Iterator[Message]:
    """The messages as a vendor of `kind` may see them: others' thinking and seals left out, each call
    answered, and the user last (system messages aside)."""
    last = Role.USER
    for message in paired((_shown(message, kind) for message in messages), ids):
        last = last if message.role is Role.SYSTEM else message.role
        yield message
    if last is Role.ASSISTANT:
        # The new Claude models, and some vendors that speak as OpenAI does, refuse to go on from a half-said
        # message ("prefill"); the others would treat it in ways of their own.
        yield Message(role=Role.USER, parts=(Text(text=GO_ON),))


def alternating(request: ChatRequest, *, kind: str, ids: IdForm) -> tuple[Message, ...]:
    """The dialogue without empty turns, neighbours of one role merged, a user's turn at both ends.

    Tool results come first in their turn, in the order of the calls that they answer.
    """
    turns: list[tuple[Role, list[Part]]] = []
    for message in spoken(map(_with_substance, request.dialogue), kind=kind, ids=ids):
        if turns and turns[-1][0] is message.role:
            turns[-1][1].extend(message.parts)
        else:
            turns.append((message.role, list(message.parts)))
    if not turns or turns[0][0] is not Role.USER:
        turns.insert(0, (Role.USER, [Text(text=OPENING)]))
    return tuple(Message(role=role, parts=tuple(parts)) for role, parts in turns)


def _with_substance(message: Message) -> Message:
    """The message without blank texts; the same one where it has none, as most have."""
    if not any(isinstance(part, Text) and _is_blank(part.text) for part in message.parts):
        return message
    parts = (part for part in message.parts if not isinstance(part, Text) or not _is_blank(part.text))
    return Message(role=message.role, parts=tuple(parts))


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


def _shown(message: Message, kind: str) -> Message:
    """Thinking that nothing follows says nothing: Claude refuses a message that ends with it."""
    if not any(_is_sealed(part) for part in message.parts):
        return message
    parts = [_unsealed(part, kind) for part in message.parts if not isinstance(part, Thinking) or part.kind == kind]
    while parts and isinstance(parts[-1], Thinking):
        parts.pop()
    return replace(message, parts=tuple(parts))


def _is_sealed(part: Part) -> bool:
    return isinstance(part, Thinking) or (isinstance(part, ToolCall) and part.vendor_signature is not None)


def has_signatures(request: ChatRequest, kind: str) -> bool:
    """Whether a vendor of `kind` is given something of its own back."""
    parts = (part for message in request.messages for part in message.parts)
    seals = (
        part if isinstance(part, Thinking) else part.vendor_signature if isinstance(part, ToolCall) else None
        for part in parts
    )
    return any(vendor_signature is not None and vendor_signature.kind == kind for vendor_signature in seals)


def without_signatures(request: ChatRequest) -> ChatRequest:
    """The request without any vendor's thinking and signatures."""
    return replace(request, messages=tuple(_shown(message, "") for message in request.messages))


def _unsealed(part: Part, kind: str) -> Part:
    if isinstance(part, ToolCall) and part.vendor_signature and part.vendor_signature.kind != kind:
        return replace(part, vendor_signature=None)
    return part


def tool_calls(request: ChatRequest) -> Iterator[ToolCall]:
    """The tool calls of the whole dialogue, in order."""
    return (part for message in request.dialogue for part in message.parts if isinstance(part, ToolCall))


def instructions(request: ChatRequest, *, json_order: bool) -> str:
    """The system text; with `json_order` it also asks for JSON when the request wants any JSON object."""
    wants = json_order and request.output.format is OutputFormat.JSON
    return "\n\n".join(piece for piece in (request.system, JSON_ORDER if wants else "") if piece)
