"""The bodies that are sent: a question, and dialogues with tools as agents send them, one with large pictures."""

import base64
import json
import random
from enum import StrEnum

TOOLS = 30
TEXT = ('The valve stands behind the house, "left" of the meter; it\'s stiff.\n' * 60)[:4000]
TURN_BYTES = 8600
"""Of a turn of the dialogue: twice `TEXT`, and what stands around it."""

SHORT = 60
"""Tokens: an answer that the gateway reads whole. Longer ones are read as a stream (`Size.LONG_ANSWER`)."""


class Size(StrEnum):
    """`LONG_ANSWER` is the question with room for a long answer."""

    TINY = "tiny"
    LONG_ANSWER = "tiny, long answer"
    LARGE = "400 kB"
    HUGE = "4 MB"


DIALOGUE_BYTES = {Size.LARGE: 350_000, Size.HUGE: 350_000}
PICTURES = {Size.LARGE: 0, Size.HUGE: 2}
QUESTION_TEXT = "Where is the main water valve?"
QUESTION: dict[str, object] = {"role": "user", "content": QUESTION_TEXT}
BODY: dict[str, object] = {"model": "default", "messages": [QUESTION]}
"""The question alone, for benchmarks that add to it."""


def openai_body(size: Size, *, stream: bool) -> bytes:
    """A chat completion's body, as JSON."""
    fields: dict[str, object] = {"model": "default", "messages": [QUESTION]}
    if size in DIALOGUE_BYTES:
        tools = [{"type": "function", "function": _tool(number)} for number in range(TOOLS)]
        fields = {"model": "default", "tools": tools, "messages": _openai_dialogue(size)}
    if size is not Size.LONG_ANSWER:
        fields["max_tokens"] = SHORT
    return json.dumps({**fields, "stream": stream}).encode()


def anthropic_body(size: Size, *, stream: bool) -> bytes:
    """The body of the same request at Anthropic's API, as JSON."""
    fields: dict[str, object] = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1024 if size is Size.LONG_ANSWER else SHORT,
        "messages": [QUESTION],
    }
    if size in DIALOGUE_BYTES:
        tools = [_tool(number) for number in range(TOOLS)]
        fields["tools"] = [{**tool, "input_schema": tool.pop("parameters")} for tool in tools]
        fields["messages"] = _anthropic_dialogue(size)
    return json.dumps({**fields, "stream": stream}).encode()


def _tool(number: int) -> dict[str, object]:
    properties = {
        f"field_{place}": {"type": "string", "description": "What the caller wants to know of this field. " * 2}
        for place in range(8)
    }
    schema = {"type": "object", "properties": properties, "required": ["field_0"]}
    return {"name": f"look_up_{number}", "description": "Looks something up. " * 8, "parameters": schema}


def _openai_dialogue(size: Size) -> list[dict[str, object]]:
    """Turns of a question, a tool\'s call, its result and an answer; then pictures."""
    messages: list[dict[str, object]] = []
    for turn in range(DIALOGUE_BYTES[size] // TURN_BYTES):
        function = {"name": "look_up_1", "arguments": '{"field_0": "x"}'}
        call = {"id": f"call_{turn}", "type": "function", "function": function}
        messages += [
            {"role": "user", "content": TEXT},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"call_{turn}", "content": TEXT},
            {"role": "assistant", "content": "Behind the house."},
        ]
    pictures = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_picture(number)}"}}
        for number in range(PICTURES[size])
    ]
    return [*messages, {"role": "user", "content": [{"type": "text", "text": QUESTION_TEXT}, *pictures]}]


def _anthropic_dialogue(size: Size) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = []
    for turn in range(DIALOGUE_BYTES[size] // TURN_BYTES):
        call = {"type": "tool_use", "id": f"call_{turn}", "name": "look_up_1", "input": {"field_0": "x"}}
        result = {"type": "tool_result", "tool_use_id": f"call_{turn}", "content": TEXT}
        messages += [
            {"role": "user", "content": TEXT},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
            {"role": "assistant", "content": "Behind the house."},
        ]
    pictures = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _picture(number)}}
        for number in range(PICTURES[size])
    ]
    return [*messages, {"role": "user", "content": [{"type": "text", "text": QUESTION_TEXT}, *pictures]}]


def _picture(number: int) -> str:
    """1.8 MB of base64 that begins like a PNG file."""
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + random.Random(number).randbytes(1_350_000)).decode()  # noqa: S311
