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


OUTAGES: Mapping[str, Mapping[str, Rates]] = {
    "frequent": {
        "claude": Rates(between_s=2.09 * DAY_S, repair_s=0.77 * HOUR_S),
        "gemini": Rates(between_s=1.99 * DAY_S, repair_s=1.23 * HOUR_S),
        "openai": Rates(between_s=1.99 * DAY_S, repair_s=1.23 * HOUR_S),
    },
    "long": {
        "claude": Rates(between_s=5.22 * DAY_S, repair_s=2.81 * HOUR_S),
        "gemini": Rates(between_s=5.64 * DAY_S, repair_s=2.56 * HOUR_S),
        "openai": Rates(between_s=5.64 * DAY_S, repair_s=2.56 * HOUR_S),
    },
}
"""Kind of year -> vendor -> rates, in the order in which the vendors are asked.

The rates of OpenAI's and Anthropic's APIs are those of https://arxiv.org/abs/2501.12469, from the vendors' own status
pages. "long" has the means of its data (the table of the mean duration of the model's parameters in
https://github.com/atlarge-research/llm-service-analysis): rarer outages that last longer.

Gemini's are an assumption: those of OpenAI. No study counts its failures in the same way. Up for 97.4 % and 98.1 % of
the time it is worse than the 99.5 % that Google promises (https://cloud.google.com/vertex-ai/generative-ai/sla).
"""


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
