"""Histograms in which old samples weigh less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.capacity.decay import HALF_LIFE_S, Weights, bin_of, faded, merged, quantiles_of


def histogram(samples: list[float]) -> Weights:
    weights: Weights = {}
    for seconds in samples:
        weights[bin_of(seconds)] = weights.get(bin_of(seconds), 0.0) + 1.0
    return weights


@given(st.lists(st.floats(0.01, 100.0), min_size=100, max_size=300))
def test_quantiles_are_within_a_bin_of_the_true_ones(samples: list[float]) -> None:
    found = quantiles_of(histogram(samples))
    assert found is not None
    cuts = sorted(samples)
    for share, value in ((0.5, found.p50), (0.9, found.p90), (0.95, found.p95)):
        below = cuts[max(0, int(share * len(cuts)) - 2)]
        above = cuts[min(len(cuts) - 1, int(share * len(cuts)) + 1)]
        assert below / 1.16 <= value <= above * 1.16


def test_old_samples_give_way() -> None:
    weights = merged([faded(histogram([1.0] * 100), 4 * HALF_LIFE_S), histogram([3.0] * 20)])
    found = quantiles_of(weights)
    assert found is not None
    assert found.p50 == pytest.approx(3.0, rel=0.15)


def test_an_empty_histogram_has_no_quantiles() -> None:
    assert quantiles_of({}) is None
    assert faded(histogram([1.0]), 20 * HALF_LIFE_S) == {}
