"""The numbers that usage is summed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal

from llm.core.cost.parts import Part

NANO = 9
"""A cost is a whole number of billionths of a US dollar: the last digit that records keep."""


COST_PARTS: Mapping[str, tuple[Part, ...]] = {
    "input_nano": (Part.INPUT,),
    "cache_read_nano": (Part.CACHE_READ,),
    "cache_write_5m_nano": (Part.CACHE_WRITE_5M,),
    "cache_write_1h_nano": (Part.CACHE_WRITE_1H,),
    "output_nano": (Part.OUTPUT,),
    "reasoning_nano": (Part.REASONING,),
    "audio_nano": (Part.INPUT_AUDIO, Part.CACHE_READ_AUDIO, Part.OUTPUT_AUDIO),
    "image_nano": (Part.INPUT_IMAGE, Part.OUTPUT_IMAGE),
}
"""What each sum of cost parts is of. `tools_nano` is of the vendor's tools, whose parts bear their own names."""


@dataclass(slots=True)
class Sums:
    """Numbers of calls and of attempts; all of them add up. `cost_nano`: billionths of a US dollar.

    `rejected` to `static` count calls by status. Of attempts, `failed`, `broken_off` (their caller left) and
    `interrupted` (their process died) count outcomes, `unpriced` those without a known price. The parts of the cost,
    `input_nano` to `tools_nano`, are rounded to a billionth for each attempt; `cost_rest_nano` is what they leave.
    `saved_nano` is what the vendors' caches saved.
    `latency` and `first_token` are histograms of the answered calls (`llm.core.usage.histogram`). `failures` counts
    the failed attempts by error class.
    """

    calls: int = 0
    answered: int = 0
    static: int = 0
    rejected: int = 0
    cancelled: int = 0
    fallbacks: int = 0
    resumed: int = 0
    attempts: int = 0
    failed: int = 0
    broken_off: int = 0
    interrupted: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_written_tokens: int = 0
    cache_written_1h_tokens: int = 0
    reasoning_tokens: int = 0
    input_audio_tokens: int = 0
    output_audio_tokens: int = 0
    cost_nano: int = 0
    saved_nano: int = 0
    input_nano: int = 0
    cache_read_nano: int = 0
    cache_write_5m_nano: int = 0
    cache_write_1h_nano: int = 0
    output_nano: int = 0
    reasoning_nano: int = 0
    audio_nano: int = 0
    image_nano: int = 0
    tools_nano: int = 0
    latency: int = 0
    first_token: int = 0
    failures: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Sums") -> None:
        # Written out: a loop over the names takes four times as long, and a report adds thousands.
        self.calls += other.calls
        self.answered += other.answered
        self.static += other.static
        self.rejected += other.rejected
        self.cancelled += other.cancelled
        self.fallbacks += other.fallbacks
        self.resumed += other.resumed
        self.attempts += other.attempts
        self.failed += other.failed
        self.broken_off += other.broken_off
        self.interrupted += other.interrupted
        self.unpriced += other.unpriced
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.cached_tokens += other.cached_tokens
        self.cache_written_tokens += other.cache_written_tokens
        self.cache_written_1h_tokens += other.cache_written_1h_tokens
        self.reasoning_tokens += other.reasoning_tokens
        self.input_audio_tokens += other.input_audio_tokens
        self.output_audio_tokens += other.output_audio_tokens
        self.cost_nano += other.cost_nano
        self.saved_nano += other.saved_nano
        self.input_nano += other.input_nano
        self.cache_read_nano += other.cache_read_nano
        self.cache_write_5m_nano += other.cache_write_5m_nano
        self.cache_write_1h_nano += other.cache_write_1h_nano
        self.output_nano += other.output_nano
        self.reasoning_nano += other.reasoning_nano
        self.audio_nano += other.audio_nano
        self.image_nano += other.image_nano
        self.tools_nano += other.tools_nano
        self.latency += other.latency
        self.first_token += other.first_token
        self.add_failures(other.failures)

    def add_failures(self, failures: Mapping[str, int]) -> None:
        for error_class, number in failures.items():
            self.failures[error_class] = self.failures.get(error_class, 0) + number

    def subtract(self, other: "Sums") -> None:
        """Takes sums away that are among these."""
        for name in (*NUMBERS, *HISTOGRAMS):
            setattr(self, name, getattr(self, name) - getattr(other, name))
        left = {name: number - other.failures.get(name, 0) for name, number in self.failures.items()}
        self.failures = {name: number for name, number in left.items() if number}

    @property
    def cost_usd(self) -> Decimal:
        return dollars(self.cost_nano)

    @property
    def cost_rest_nano(self) -> int:
        """The cost that no part names: of records without parts, prices of a request itself, and roundings."""
        parts: int = sum(getattr(self, name) for name in PARTS)
        return self.cost_nano - parts


NAMES = tuple(field.name for field in fields(Sums))
HISTOGRAMS = ("latency", "first_token")
NUMBERS = tuple(name for name in NAMES if name not in (*HISTOGRAMS, "failures"))
PARTS = (*COST_PARTS, "tools_nano")
OF_CALLS = ("calls", "answered", "static", "rejected", "cancelled", "fallbacks", "resumed")
OF_ATTEMPTS = tuple(name for name in NUMBERS if name not in OF_CALLS)


def dollars(nano: int) -> Decimal:
    """Billionths of a US dollar as dollars, exactly."""
    return Decimal(nano).scaleb(-NANO)
