"""Histograms of durations: exact sums, and percentiles within half a bin."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from llm.core.usage.histogram import BINS, WIDTH, bin_of, counts, from_bytes, packed, percentiles, to_bytes

durations = st.lists(st.floats(1, 5_000_000), min_size=1, max_size=60)
bins = st.dictionaries(st.integers(0, BINS - 1), st.integers(1, 2**31 - 1), max_size=20)


@given(values=durations)
def test_a_percentile_is_within_half_a_bin_of_the_nearest_rank(values):
    histogram = packed((bin_of(value), 1) for value in values)
    for p, found in percentiles(histogram, (50, 95, 99)).items():
        exact = sorted(values)[ceil(len(values) * p / 100) - 1]
        assert exact / WIDTH**0.51 - 0.1 <= found <= exact * WIDTH**0.51 + 0.1


@given(one=bins, other=bins)
def test_a_sum_has_the_durations_of_both(one, other):
    merged = dict(counts(packed(one.items()) + packed(other.items())))
    assert merged == {place: one.get(place, 0) + other.get(place, 0) for place in sorted({*one, *other})}


@given(some=bins)
def test_a_row_gives_back_the_histogram(some):
    assert from_bytes(to_bytes(packed(some.items()))) == packed(some.items())


def test_an_empty_histogram_has_no_percentiles():
    assert percentiles(0, (50,)) == {}


def test_durations_beyond_the_bins_are_in_the_outer_ones():
    assert (bin_of(0), bin_of(0.3), bin_of(1), bin_of(1e12)) == (0, 0, 0, BINS - 1)
