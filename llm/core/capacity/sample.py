"""What one attempt tells of its provider's capacity."""

from enum import StrEnum
from typing import NamedTuple

from llm.core.capacity.readings import Readings
from llm.core.capacity.snapshot import SizeClass


class Ending(StrEnum):
    """How an attempt ended, as far as capacity is concerned."""

    ANSWERED = "answered"
    THROTTLED = "throttled"
    """The vendor said that a limit is used up."""
    OVERLOADED = "overloaded"
    """The vendor said that it has too much to do, or did not answer in time."""
    HEDGED = "hedged"
    """It was silent when another provider spoke: its first content would have taken at least `first_s`."""
    OTHER = "other"
    """Any other failure, a cancelled attempt, a test: it tells nothing of how much the provider can take."""


class Flight(NamedTuple):
    """An attempt under way. `at`: Unix seconds of its beginning. `in_flight`: calls at the provider then, itself
    included. `input_tokens` is an estimate, `max_tokens` the most that the answer may have."""

    at: float
    in_flight: int
    input_tokens: int
    max_tokens: int


class Sample(NamedTuple):
    """The end of an attempt. Durations in seconds.

    `first_s`: to the first content, None where it is unknown. `whole_s`: to the end. `output_tokens` came after the
    first content; `input_tokens` is the vendor's count, of which its cache served `cached_tokens`. `limit_rpm`: the
    limit of requests a minute that a refusal named.
    """

    ending: Ending
    size: SizeClass = SizeClass.SMALL
    first_s: float | None = None
    whole_s: float = 0.0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    tier: str = ""
    """The vendor's tier that served, as `Usage.tier`."""
    readings: Readings | None = None
    limit_rpm: float | None = None

    @property
    def per_token_s(self) -> float | None:
        """Seconds for each output token after the first content; None for an answer too short to tell."""
        if self.first_s is None or self.output_tokens < LEAST_TOKENS:
            return None
        return max(0.0, self.whole_s - self.first_s) / self.output_tokens


LEAST_TOKENS = 16
"""Fewer come in one piece with the first."""
