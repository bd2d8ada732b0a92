"""What a model gives back: the whole answer, its pieces on the way, and the tokens that it cost."""

from dataclasses import dataclass
from enum import StrEnum

from llm.core.chat import ToolCall


class Finish(StrEnum):
    """Why a model stopped, in OpenAI's vocabulary plus `refusal`."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Billed tokens. `input` includes the cached ones, `output` includes the reasoning ones."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_written: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One vendor's whole answer. `text` may be empty when `tool_calls` is not, or on a refusal."""

    text: str
    model: str
    finish: Finish
    usage: Usage
    tool_calls: tuple[ToolCall, ...] = ()
    vendor_request_id: str | None = None
    dropped: tuple[str, ...] = ()
    """Optional parameters that the model refused and the call was made without."""
    rest_s: float | None = None
    """Seconds for which the vendor says, beside this answer, that it has nothing left for us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallDelta:
    """A piece of a tool call. `id` and `name` come with the first piece of each `index`."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """The vendor shows life without content: a ping, a thinking block, headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The stream's true end, with everything that was said in it."""

    completion: Completion


StreamEvent = TextDelta | ToolCallDelta | Alive | Done
