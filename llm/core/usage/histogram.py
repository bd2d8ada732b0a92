"""Histograms of durations that add up exactly: fixed logarithmic bins, packed into one integer.

A bin is WIDTH times as wide as the one before, so a percentile is off by at most half of that: 2.5 %. Each bin has
32 bits of the integer, so that two histograms are merged by one addition. docs/decisions.md compares it with libraries.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import ceil, log

WIDTH = 1.05
BINS = 320
"""The last one begins at 95 minutes and has all that is longer. The first one has all below 1.05 ms."""
LANE_BITS = 32
"""A bin holds up to 4 294 967 295 durations, also after merging."""
LANE_BYTES = LANE_BITS // 8
HEAD_BYTES = 2


def bin_of(milliseconds: float) -> int:
    """The bin of a duration. The database computes the same from the rows."""
    return 0 if milliseconds <= 1 else min(BINS - 1, int(log(milliseconds) / log(WIDTH)))


def packed(bins: Iterable[tuple[int, int]]) -> int:
    """The histogram of pairs (bin, number of durations)."""
    return sum(count << LANE_BITS * place for place, count in bins)


def counts(histogram: int) -> Iterator[tuple[int, int]]:
    """Its pairs (bin, number of durations) in order, without empty bins."""
    first, values = _lanes(histogram)
    return ((place, count) for place, count in enumerate(values, start=first) if count)


def _lanes(histogram: int) -> tuple[int, tuple[int, ...]]:
    """The first bin that is used, and the numbers from there to the last one."""
    first = _first_lane(histogram)
    histogram >>= LANE_BITS * first
    lanes = -(-histogram.bit_length() // LANE_BITS)
    return first, struct.unpack(f"<{lanes}I", histogram.to_bytes(lanes * LANE_BYTES, "little"))


def _first_lane(histogram: int) -> int:
    return max(0, (histogram & -histogram).bit_length() - 1) // LANE_BITS


def to_bytes(histogram: int) -> bytes:
    """The bytes that a row stores: the first used bin, then the bins from there on, little-endian."""
    if not histogram:
        return b""
    first = _first_lane(histogram)
    lanes = histogram >> LANE_BITS * first
    return first.to_bytes(HEAD_BYTES, "little") + lanes.to_bytes((lanes.bit_length() + 7) // 8, "little")


def from_bytes(stored: bytes | memoryview) -> int:
    """The histogram of `to_bytes`."""
    first = int.from_bytes(stored[:HEAD_BYTES], "little")
    return int.from_bytes(stored[HEAD_BYTES:], "little") << LANE_BITS * first


MIDDLES = tuple(round(WIDTH ** (place + 0.5), 1) for place in range(BINS))
"""The milliseconds in the middle of each bin."""


def percentiles(histogram: int, wanted: Iterable[int]) -> dict[int, float]:
    """Milliseconds by percentile, by nearest rank; empty for an empty histogram."""
    if not histogram:
        return {}
    first, values = _lanes(histogram)
    reached = list(accumulate(values))
    return {
        percentile: MIDDLES[first + bisect_left(reached, ceil(reached[-1] * percentile / 100))] for percentile in wanted
    }
