"""What a process counts by itself, and the place of each number on its page: one row of 64-bit floats."""

from bisect import bisect_left
from enum import IntEnum


class Gauge(IntEnum):
    """Numbers of a living process; they end with it."""

    IN_FLIGHT = 0
    """Calls under way."""
    BACKLOG = 1
    """Records that the database does not have yet."""
    BEAT_AT = 2
    """The monotonic clock at the last beat of the event loop, in seconds; 0: the process has none."""
    LAG = 3
    """The longest delay of the event loop in the running span, in seconds."""
    LAG_BEFORE = 4
    """The same of the span before."""


class Counter(IntEnum):
    """Numbers that outlive their process."""

    REFUSED_LIMIT = 5
    """Calls that a limit refused."""
    REFUSED_BUDGET = 6
    REFUSED_UNAVAILABLE = 7
    """Calls refused because limits could not be checked."""


class Histogram(IntEnum):
    """Durations in seconds. The value is the place of the first bucket; a cell for longer ones and the sum follow."""

    OVERHEAD = 8
    """The part of a call in which no vendor was asked."""
    CALL = 18
    FIRST_TOKEN = 28


BOUNDS: dict[Histogram, tuple[float, ...]] = {
    Histogram.OVERHEAD: (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0),
    Histogram.CALL: (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0),
    Histogram.FIRST_TOKEN: (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
}
"""The upper bounds of the buckets, which they include."""

FIRST_COUNTER = min(Counter)
CELLS = Histogram.FIRST_TOKEN + 10


def bucket_of(histogram: Histogram, seconds: float) -> int:
    """The place of the bucket that a duration belongs to."""
    return histogram + bisect_left(BOUNDS[histogram], seconds)


def sum_of(histogram: Histogram) -> int:
    """The place of the sum."""
    return histogram + len(BOUNDS[histogram]) + 1
