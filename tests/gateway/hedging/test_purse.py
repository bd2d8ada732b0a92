"""The purse: hedging adds no more than its share to what a route's calls cost."""

from hypothesis import given
from hypothesis import strategies as st

from llm.core.routing.hedging import Hedge, TokenPrice
from llm.gateway.hedging.purse import REMEMBERED, HedgePurse

PRICE = TokenPrice(input_nano=1, output_nano=5)


def hedge(expected: int = 100, cap: float = 0.02) -> Hedge:
    return Hedge(
        first="a", second="b", after_s=1.0, cap=cap, expected_nano=expected, first_price=PRICE, second_price=PRICE
    )


def test_a_new_purse_is_empty() -> None:
    assert not HedgePurse().take("default", hedge())


def test_routes_have_purses_of_their_own() -> None:
    purse = HedgePurse()
    purse.book("rich", None, base_nano=5_000, extra_nano=0)
    assert purse.take("rich", hedge())
    assert not purse.take("poor", hedge())


def test_what_is_under_way_is_taken_until_it_is_booked() -> None:
    purse = HedgePurse()
    purse.book("default", None, base_nano=5_000, extra_nano=0)
    assert purse.take("default", hedge())
    assert not purse.take("default", hedge())
    purse.book("default", hedge(), base_nano=0, extra_nano=0)
    assert purse.take("default", hedge(99))


def test_a_long_quiet_time_pays_for_no_more_than_the_calls_remembered() -> None:
    purse = HedgePurse()
    for _ in range(20 * REMEMBERED):
        purse.book("default", None, base_nano=1_000, extra_nano=0)
    taken = 0
    while purse.take("default", hedge()):
        taken += 1
    assert taken <= 0.02 * REMEMBERED * 1_000 / 100


@given(
    calls=st.lists(st.tuples(st.integers(0, 10_000), st.booleans(), st.integers(0, 500)), max_size=200),
    cap=st.sampled_from([0.01, 0.02, 0.5]),
)
def test_the_extra_spend_stays_within_the_share_when_losers_cost_what_was_expected(
    calls: list[tuple[int, bool, int]], cap: float
) -> None:
    purse, base, extra = HedgePurse(), 0, 0
    for cost, is_slow, loser in calls:
        one = hedge(loser, cap)
        taken = is_slow and purse.take("default", one)
        purse.book("default", one if taken else None, base_nano=cost, extra_nano=loser if taken else 0)
        base, extra = base + cost, extra + (loser if taken else 0)
    # Fading forgets old extra spend with the spend that paid for it: within so few calls next to nothing.
    assert extra <= cap * base * 1.11
