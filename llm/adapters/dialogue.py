"""Brings a dialogue into the order that Claude and Gemini insist on: user first, turns alternating, user last.

OpenAI takes any order, so its adapter does not use this.
"""

from collections.abc import Iterator

from llm.core.chat import ChatRequest, Message, OutputFormat, Part, Role, Text, ToolCall, ToolResult

OPENING = "…"
"""Stands for what was said before a dialogue that begins with the assistant, or has no turn at all."""
GO_ON = "Continue exactly where your last message stopped."
JSON_ORDER = "Answer with one JSON object and nothing else: no prose around it, no code fence."


def alternating(request: ChatRequest) -> tuple[Message, ...]:
    """The dialogue without empty turns, neighbours of one role merged, a user's turn at both ends.

    Tool results come first in their turn, in the order of the calls that they answer.
    """
    order = {call.id: place for place, call in enumerate(tool_calls(request))}
    turns: list[tuple[Role, list[Part]]] = []
    for message in request.dialogue:
        parts = [part for part in message.parts if not isinstance(part, Text) or part.text.strip()]
        if not parts:
            continue
        if turns and turns[-1][0] is message.role:
            turns[-1][1].extend(parts)
        else:
            turns.append((message.role, parts))
    if not turns or turns[0][0] is not Role.USER:
        turns.insert(0, (Role.USER, [Text(text=OPENING)]))
    if turns[-1][0] is not Role.USER:
        turns.append((Role.USER, [Text(text=GO_ON)]))

    def place(part: Part) -> int:
        return order.get(part.call_id, len(order)) if isinstance(part, ToolResult) else len(order) + 1

    return tuple(
        Message(role=role, parts=tuple(sorted(parts, key=place) if role is Role.USER else parts))
        for role, parts in turns
    )


def tool_calls(request: ChatRequest) -> Iterator[ToolCall]:
    """The tool calls of the whole dialogue, in order."""
    return (part for message in request.dialogue for part in message.parts if isinstance(part, ToolCall))


def instructions(request: ChatRequest, *, json_order: bool) -> str:
    """The system text; with `json_order` it also asks for JSON when the request wants any JSON object."""
    wants = json_order and request.output.format is OutputFormat.JSON
    return "\n\n".join(piece for piece in (request.system, JSON_ORDER if wants else "") if piece)
