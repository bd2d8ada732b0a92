"""Histograms of seconds in which old samples weigh less: bins by logarithm, weights that halve with time."""

from collections.abc import Iterable, Mapping
from math import exp, log, pow

from llm.core.capacity.snapshot import Quantiles

HALF_LIFE_S = 300.0
"""A sample weighs half as much after so long: a vendor that has slowed down is seen within minutes."""
FIRST_S = 0.0001
"""The end of the lowest bin. Fast vendors write an output token in a millisecond."""
WIDTH = 1.15
"""A bin is so much wider than the one before: with interpolation a quantile is off by a few percent."""
BINS = 120
"""The last one begins at half an hour."""
_PER_LOG, _FIRST = 1 / log(WIDTH), 1 - log(FIRST_S) / log(WIDTH)
LEAST_WEIGHT = 0.01
"""A bin with less is dropped."""

Weights = dict[int, float]
"""Bin -> weight of its samples."""


def bin_of(seconds: float) -> int:
    """The bin of a duration in seconds."""
    place = int(log(seconds) * _PER_LOG + _FIRST) if seconds > FIRST_S else 0
    return place if place < BINS else BINS - 1


def faded(weights: Mapping[int, float], age_s: float) -> Weights:
    """The weights after `age_s` more seconds."""
    factor = fading(age_s)
    return {place: left for place, weight in weights.items() if (left := weight * factor) >= LEAST_WEIGHT}


def fading(age_s: float) -> float:
    """The share, from 0 to 1, that is left of a weight after `age_s` seconds."""
    return pow(0.5, max(0.0, age_s) / HALF_LIFE_S)


def merged(several: Iterable[Mapping[int, float]]) -> Weights:
    """The sum of histograms of the same time."""
    total: Weights = {}
    for weights in several:
        for place, weight in weights.items():
            total[place] = total.get(place, 0.0) + weight
    return total


def quantiles_of(weights: Mapping[int, float]) -> Quantiles | None:
    """The quantiles, each interpolated within its bin; None for an empty histogram."""
    total = sum(weights.values())
    if total <= 0:
        return None
    wanted = (0.5, 0.9, 0.95)
    found: list[float] = []
    reached = 0.0
    for place in sorted(weights):
        weight = weights[place]
        while len(found) < len(wanted) and reached + weight >= wanted[len(found)] * total:
            share = (wanted[len(found)] * total - reached) / weight
            found.append(_seconds(place - 1 + share))
        reached += weight
    while len(found) < len(wanted):  # the rounding of a sum
        found.append(_seconds(max(weights)))
    p50, p90, p95 = found
    return Quantiles(p50=p50, p90=p90, p95=p95, weight=total)


def _seconds(place: float) -> float:
    return FIRST_S * exp(place / _PER_LOG)
