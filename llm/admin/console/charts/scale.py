"""The scale of a chart: where its axis ends, and which labels fit below it."""

from collections.abc import Sequence
from math import ceil, floor, log10

STEPS = (1, 2, 3, 4, 5, 6, 8, 10)
"""An axis ends at one of these times a power of ten, so that its half is a short number too."""
MOST_TICKS = 6


def ceiling(most: float) -> float:
    """The end of an axis that has to reach `most`; 1 for nothing."""
    if most <= 0:
        return 1
    power = 10.0 ** floor(log10(most))
    step = next((step for step in STEPS if step * power >= most * (1 - 1e-9)), 10)
    return step * power


def ticks(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels with at most MOST_TICKS of them, evenly spread; the others are empty."""
    every = max(1, ceil(len(labels) / MOST_TICKS))
    return tuple("" if place % every else label for place, label in enumerate(labels))
