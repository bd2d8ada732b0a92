"""The outages of a simulated year: each vendor fails and is repaired at its own rates, apart from the others.

The times between and the times to repair are exponential. An outage is total: every request fails while it lasts.
Real incidents are often partial, and real vendors' incidents cluster.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
YEAR_S = 365 * DAY_S


class Outage(NamedTuple):
    """Seconds since the year began; `end` is the first moment of health."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Mean seconds from the start of one outage to the start of the next, and from an outage's start to its end."""

    between_s: float
    repair_s: float


OPENAI = Rates(between_s=1.99 * DAY_S, repair_s=1.23 * HOUR_S)
ANTHROPIC = Rates(between_s=2.09 * DAY_S, repair_s=0.77 * HOUR_S)
"""OpenAI's and Anthropic's APIs: https://arxiv.org/abs/2501.12469, from the vendors' own status pages."""

GEMINI = OPENAI
"""An assumption: the worse of the two. No study counts Gemini's failures in the same way. Up for 97.4 % of the time,
it is far worse than the 99.5 % that Google promises (https://cloud.google.com/vertex-ai/generative-ai/sla)."""

VENDORS: Mapping[str, Rates] = {"claude": ANTHROPIC, "gemini": GEMINI, "openai": OPENAI}
"""In the order in which they are asked."""


def outages_of(vendor: str, rates: Rates, *, seed: int, length_s: float = YEAR_S) -> tuple[Outage, ...]:
    """The vendor's outages in order, none overlapping, the last one cut at `length_s`."""
    draw = random.Random(f"{seed} {vendor}")  # noqa: S311  a simulation, no secret
    outages = []
    time = draw.expovariate(1 / (rates.between_s - rates.repair_s))
    while time < length_s:
        end = time + draw.expovariate(1 / rates.repair_s)
        outages.append(Outage(time, min(end, length_s)))
        time = end + draw.expovariate(1 / (rates.between_s - rates.repair_s))
    return tuple(outages)
