"""What a model gives back: the whole answer, its pieces on the way, and the tokens that it cost."""

from dataclasses import dataclass, field
from enum import StrEnum

from llm.core.capacity.readings import Readings
from llm.core.chat.refused import Refused
from llm.core.chat.request import Thinking, ToolCall, VendorSignature


class Finish(StrEnum):
    """Why a model stopped, in OpenAI's vocabulary plus `refusal`."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a vendor billed for one answer, in tokens; `llm.core.cost.meanings` says how each vendor's figures get here.

    `input` includes cache reads and writes, audio and images; `output` includes reasoning, audio and images.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_written: int = 0
    reasoning: int = 0
    cache_written_1h: int = 0
    """The part of `cache_written` that the vendor keeps for an hour."""
    input_audio: int = 0
    cached_audio: int = 0
    """The part of `input_audio` that is also in `cached`."""
    output_audio: int = 0
    input_image: int = 0
    output_image: int = 0
    units: tuple[tuple[str, int], ...] = ()
    """Uses of the vendor's own tools by name, such as `web_searches`; each name once."""
    tier: str = ""
    """The tier that served: batch, flex, priority or fast; empty for the vendor's default."""
    region: str = ""
    """Where the model ran, in the vendor's word; empty when it says nothing."""
    reported: str = field(default="", compare=False)
    """The vendor's own object as JSON: numbers and short strings only, at most 2 kB."""

    @property
    def total(self) -> int:
        return self.input + self.output

    def __add__(self, other: "Usage") -> "Usage":
        """The sum of what can be summed. Tier and region stay where both have the same; `reported` does not."""
        if other == NO_USAGE:
            return self
        if self == NO_USAGE:
            return other
        units = dict(self.units)
        for name, number in other.units:
            units[name] = units.get(name, 0) + number
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            cache_written=self.cache_written + other.cache_written,
            reasoning=self.reasoning + other.reasoning,
            cache_written_1h=self.cache_written_1h + other.cache_written_1h,
            input_audio=self.input_audio + other.input_audio,
            cached_audio=self.cached_audio + other.cached_audio,
            output_audio=self.output_audio + other.output_audio,
            input_image=self.input_image + other.input_image,
            output_image=self.output_image + other.output_image,
            units=tuple(sorted(units.items())),
            tier=self.tier if self.tier == other.tier else "",
            region=self.region if self.region == other.region else "",
        )


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A model's own no in place of an answer: its words, and the finish reason that came with them."""

    text: str
    model: str
    finish: Finish = Finish.CONTENT_FILTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One vendor's whole answer. `text` is empty only when `tool_calls` is not, or when there is a `refusal`."""

    text: str
    model: str
    finish: Finish
    usage: Usage
    tool_calls: tuple[ToolCall, ...] = ()
    thinking: tuple[Thinking, ...] = ()
    """In order; all of it stood before the text and the calls, or signs them."""
    vendor_request_id: str | None = None
    dropped: tuple[str, ...] = ()
    """What the caller asked for and the call was made without: the model refused it or has no word for it."""
    quota_resets_in_s: float | None = None
    """Seconds for which the vendor says, beside this answer, that it has nothing left for us."""
    limits: Readings | None = None
    """What the vendor's headers said of its limits."""
    malformed: int = 0
    """Unreadable events of the stream, which were skipped."""
    refusal: str = ""
    """The model's words when it refused and said nothing else."""
    stop_sequence: str | None = None
    """The caller's stop sequence that ended the answer, when it is known."""
    refused: tuple[Refused, ...] = ()
    """What the vendor refused before it took the mended request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """A piece of the answer's text. `thinking` ended just before it."""

    text: str
    thinking: tuple[Thinking, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallDelta:
    """A piece of a tool call. `id`, `name` and `vendor_signature` come with the first piece of each `index`. `thinking`
    ended just before it."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    vendor_signature: VendorSignature | None = None
    thinking: tuple[Thinking, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """The vendor shows life without content: headers, a ping. With `works` its model is reasoning."""

    works: bool = False


ALIVE, WORKS = Alive(), Alive(works=True)
"""Made once: a stream has one for each event without content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """The vendor's own count of tokens so far: what is known to be billed if the stream goes no further."""

    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The stream's true end, with everything that was said in it."""

    completion: Completion


StreamEvent = TextDelta | ToolCallDelta | Alive | Metered | Done
