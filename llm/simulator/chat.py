"""A chat request and its reply in neutral words, between the vendors' wire forms. Nothing here knows a
vendor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Finish(StrEnum):
    """Why a reply ended; each wire has its own word for it. `PROMPT_BLOCKED` has one at Gemini only,
    elsewhere it is a refusal."""

    STOP = "stop"
    LENGTH = "length"
    STOP_SEQUENCE = "stop_sequence"
    TOOL = "tool"
    REFUSED = "refused"
    PROMPT_BLOCKED = "prompt_blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the caller offers; `schema` is the JSON schema of its arguments."""

    name: str
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """The call that the simulated model makes."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What was asked. `tool_result` is set when the last turn is a tool's; `prefill` when it is the
    assistant's."""

    model: str
    system: str = ""
    last_user: str = ""
    prefill: str = ""
    tool_result: str | None = None
    tools: tuple[Tool, ...] = ()
    json_mode: bool = False
    schema: Mapping[str, Any] | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    input_tokens: int = 1
    thinks: bool = False
    include_usage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered. `pieces` joined are `text`; `input_tokens` include `cached_tokens`,
    `output_tokens` exclude thinking."""

    text: str
    pieces: tuple[str, ...]
    finish: Finish
    input_tokens: int
    output_tokens: int
    thinking_tokens: int = 0
    cached_tokens: int = 0
    tool_call: ToolCall | None = None
    stop_sequence: str | None = None


def count_tokens(text: str) -> int:
    """A token is taken to be four characters, the vendors' own rule of thumb; never less than one."""
    return max(1, -(-len(text) // 4))
