"""What a worker is granted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.budgets.lease import granted
from llm.core.budgets.thresholds import reached


@pytest.mark.parametrize(
    ("left", "need", "slack", "largest", "expected"),
    [
        (0, 1, 0, 1, 0),
        (-5, 1, 0, 1, 0),  # after an overrun
        (10, 4, 100, 1, 4),  # near the end nobody gets a slice
        (10, 12, 100, 1, 10),
        (1000, 4, 100, 1, 35),
        (1000, 4, 100, 10, 34),  # whole calls
        (1000, 0, 8, 4, 8),
        (1000, 0, 8, 0, 0),
    ],
)
def test_grants(left: int, need: int, slack: int, largest: int, expected: int) -> None:
    assert granted(left, need=need, slack=slack, largest=largest) == expected


@given(st.integers(-100, 10_000), st.integers(0, 500), st.integers(0, 500), st.integers(0, 50))
def test_a_grant_is_never_more_than_what_is_left(left: int, need: int, slack: int, largest: int) -> None:
    grant = granted(left, need=need, slack=slack, largest=largest)
    assert 0 <= grant <= max(0, left)
    assert grant >= min(need, max(0, left))


@pytest.mark.parametrize(
    ("spent", "cap", "expected"),
    [(49, 100, 0), (50, 100, 50), (79, 100, 50), (80, 100, 80), (100, 100, 100), (250, 100, 100), (0, 0, 100)],
)
def test_thresholds(spent: int, cap: int, expected: int) -> None:
    assert reached(spent, cap) == expected
