"""Any request's time and any stretch's count, without the others."""

from hypothesis import given
from hypothesis import strategies as st

from bench.availability.arrivals import Arrivals

RATES = st.floats(0.01, 100)
SEEDS = st.integers(0, 1000)
NUMBERS = st.integers(0, 10**9)


@given(RATES, SEEDS, NUMBERS)
def test_requests_come_in_the_order_of_their_numbers(rate: float, seed: int, number: int) -> None:
    arrivals = Arrivals(per_second=rate, seed=seed)
    assert number / rate <= arrivals.at(number) <= arrivals.at(number + 1)


@given(RATES, SEEDS, st.floats(0, 10_000))
def test_a_count_is_that_of_the_requests_before(rate: float, seed: int, time: float) -> None:
    arrivals = Arrivals(per_second=rate, seed=seed)
    count = arrivals.before(time)
    assert arrivals.at(count) >= time
    assert count == 0 or arrivals.at(count - 1) < time


def test_nothing_comes_before_the_beginning() -> None:
    assert Arrivals(per_second=10.0, seed=1).before(-2.0) == 0


def test_another_seed_is_another_day() -> None:
    one, other = (Arrivals(per_second=1.0, seed=seed) for seed in (1, 2))
    assert [one.at(n) for n in range(5)] != [other.at(n) for n in range(5)]
