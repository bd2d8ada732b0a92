"""What a vendor's headers say of its limits: one reading for requests, one for tokens."""

from dataclasses import dataclass
from enum import StrEnum


class Refill(StrEnum):
    """How a limit comes back."""

    STEADY = "steady"
    """All the time, at an even pace. The stated reset is when it is full."""
    AT_ONCE = "at_once"
    """The whole of it at the stated reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One limit, in requests or tokens. `resets_in_s` counts from the reading's time; None: not stated."""

    left: float
    limit: float
    resets_in_s: float | None = None
    refill: Refill = Refill.STEADY

    @property
    def per_s(self) -> float:
        """What comes back in a second, from the stated reset; without one, the whole limit in a minute.

        So a limit of a day, as Groq's on requests, comes back at a day's pace.
        """
        missing = self.limit - self.left
        if self.resets_in_s and missing > 0:
            return missing / self.resets_in_s
        return self.limit / 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The limits beside one answer. `at`: Unix seconds when its headers came.

    `reserves`: the vendor takes a request's `max_tokens` off its limit when the request begins, as OpenAI does.
    `spares_cache`: input that the vendor's cache served takes nothing off, as at Anthropic.
    """

    at: float
    requests: Reading | None = None
    tokens: Reading | None = None
    reserves: bool = False
    spares_cache: bool = False
