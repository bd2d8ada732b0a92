"""The numbers that usage is summed in."""

from dataclasses import dataclass, fields
from decimal import Decimal

NANO = 9
"""A cost is a whole number of billionths of a US dollar: the last digit that records keep."""


@dataclass(slots=True)
class Sums:
    """Numbers of calls and of attempts; all of them add up. `cost_nano`: billionths of a US dollar.

    `rejected` to `static` count calls by status; `failed` and `unpriced` count attempts. `latency` and `first_token`
    are histograms of the answered calls (`llm.core.usage.histogram`).
    """

    calls: int = 0
    answered: int = 0
    static: int = 0
    rejected: int = 0
    cancelled: int = 0
    fallbacks: int = 0
    attempts: int = 0
    failed: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_written_tokens: int = 0
    reasoning_tokens: int = 0
    cost_nano: int = 0
    latency: int = 0
    first_token: int = 0

    def add(self, other: "Sums") -> None:
        # Written out: a loop over the names takes four times as long, and a report adds thousands.
        self.calls += other.calls
        self.answered += other.answered
        self.static += other.static
        self.rejected += other.rejected
        self.cancelled += other.cancelled
        self.fallbacks += other.fallbacks
        self.attempts += other.attempts
        self.failed += other.failed
        self.unpriced += other.unpriced
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.cached_tokens += other.cached_tokens
        self.cache_written_tokens += other.cache_written_tokens
        self.reasoning_tokens += other.reasoning_tokens
        self.cost_nano += other.cost_nano
        self.latency += other.latency
        self.first_token += other.first_token

    @property
    def cost_usd(self) -> Decimal:
        return dollars(self.cost_nano)


NAMES = tuple(field.name for field in fields(Sums))
HISTOGRAMS = ("latency", "first_token")
NUMBERS = tuple(name for name in NAMES if name not in HISTOGRAMS)
OF_CALLS = ("calls", "answered", "static", "rejected", "cancelled", "fallbacks")
OF_ATTEMPTS = tuple(name for name in NUMBERS if name not in OF_CALLS)


def dollars(nano: int) -> Decimal:
    """Billionths of a US dollar as dollars, exactly."""
    return Decimal(nano).scaleb(-NANO)
