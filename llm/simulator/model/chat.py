"""A chat request and its reply in neutral words, between the vendors' wire forms. Nothing here knows a
vendor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class SimulatedFinish(StrEnum):
    """Why a reply ended; each wire has its own word for it. `PROMPT_BLOCKED` has one at Gemini only,
    elsewhere it is a refusal."""

    STOP = "stop"
    LENGTH = "length"
    STOP_SEQUENCE = "stop_sequence"
    TOOL = "tool"
    REFUSED = "refused"
    PROMPT_BLOCKED = "prompt_blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTool:
    """A function that the caller offers; `schema` is the JSON schema of its arguments."""

    name: str
    schema: Mapping[str, Any] = field(default_factory=dict)


class Calling(StrEnum):
    """Whether the model may, must or must not call a tool."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedToolChoice:
    """`name` is the one tool to be called, if one was named; `parallel` allows several calls at once."""

    mode: Calling = Calling.AUTO
    name: str = ""
    parallel: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedToolCall:
    """The call that the simulated model makes."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRequest:
    """What was asked. `tool_result` is set when the last turn is a tool's; `prefill` when it is the
    assistant's. `spoken` are the turns, as (user or assistant, text). `seals` says that thinking was
    asked for, which the reply then carries sealed. `pdfs` are the sizes in bytes of the last turn's PDFs."""

    model: str
    system: str = ""
    last_user: str = ""
    spoken: tuple[tuple[str, str], ...] = ()
    prefill: str = ""
    tool_result: str | None = None
    pdfs: tuple[int, ...] = ()
    colours: tuple[str, ...] = ()
    """Of the last turn's pictures."""
    tools: tuple[SimulatedTool, ...] = ()
    tool_choice: SimulatedToolChoice = SimulatedToolChoice()
    json_mode: bool = False
    schema: Mapping[str, Any] | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    input_tokens: int = 1
    thinks: bool = False
    seals: bool = False
    include_usage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedReply:
    """What is answered. `pieces` joined are `text`; `input_tokens` include `cached_tokens`,
    `output_tokens` exclude thinking. `thought` is what the model thinks before it speaks, if it shows it;
    `redacted` says that it shows it encrypted."""

    text: str
    pieces: tuple[str, ...]
    finish: SimulatedFinish
    input_tokens: int
    output_tokens: int
    thinking_tokens: int = 0
    cached_tokens: int = 0
    tool_calls: tuple[SimulatedToolCall, ...] = ()
    thought: str = ""
    redacted: bool = False
    stop_sequence: str | None = None
    refusal: str = ""
    """The model's own no, where the wire has a place for one."""
    usage: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the vendor's usage object, over the simulator's own."""


def count_tokens(text: str) -> int:
    """A token is taken to be four characters, the vendors' own rule of thumb; never less than one."""
    return max(1, -(-len(text) // 4))
