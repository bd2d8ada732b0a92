"""The order of providers by each strategy, and the scores behind it."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.capacity.snapshot import Capacity, Headroom, Quantiles, SizeClass
from llm.core.routing.candidate import Member, RandomDraws
from llm.core.routing.strategies.asked import Asked
from llm.core.routing.strategies.ranking import Ranking, rank
from llm.core.routing.strategies.strategy import EVEN, Strategy, Weights

CALL = Asked(input_tokens=700, output_tokens=300)
DIALOGUE = Asked(input_tokens=700, output_tokens=300, keeps=True)
ROUNDS = 2_000
OTHERS = sorted(set(Strategy) - {Strategy.PRIORITY})


def requests(left: float, limit: float = 100) -> Capacity:
    return Capacity(requests=Headroom(left=left, limit=limit))


def priced(input_usd: float, output_usd: float = 0.0, cached_usd: float | None = None, share: float = 0) -> Capacity:
    return Capacity(input_usd=input_usd, output_usd=output_usd, cached_usd=cached_usd, cached_share=share)


def speaks_after(seconds: float, weight: float = 50, cached_usd: float | None = None) -> Capacity:
    seen = Quantiles(p50=seconds / 2, p90=seconds, p95=seconds, weight=weight)
    return Capacity(first_token={SizeClass.SMALL: seen}, input_usd=1, cached_usd=cached_usd)


def ranked(
    strategy: Strategy,
    capacities: dict[str, Capacity],
    *,
    draw: float | dict[str, float] = 0.5,
    asked: Asked = CALL,
    weights: Weights = EVEN,
    members: tuple[Member, ...] | None = None,
    ramp: float = 0.5,
) -> Ranking:
    members = members or tuple(Member(provider=name, priority=1) for name in capacities)
    drawn = {m.provider: draw if isinstance(draw, float) else draw[m.provider] for m in members}
    return rank(
        members,
        strategy=strategy,
        weights=weights,
        capacities=capacities,
        asked=asked,
        draws={name: RandomDraws(order=order, ramp=ramp) for name, order in drawn.items()},
    )


def shares(strategy: Strategy, capacities: dict[str, Capacity], **more: object) -> dict[str, float]:
    """How often each is first, over drawn orders."""
    chance, firsts = Random(1), Counter[str]()  # noqa: S311  repeatable, no secret
    for _ in range(ROUNDS):
        draws = {name: chance.random() for name in capacities}
        firsts[ranked(strategy, capacities, draw=draws, ramp=chance.random(), **more).names[0]] += 1  # type: ignore[arg-type]
    return {name: firsts[name] / ROUNDS for name in capacities}


class TestWeighted:
    def test_all_share_by_weight_whatever_their_priority(self) -> None:
        members = (Member(provider="a", priority=1, weight=3), Member(provider="b", priority=9, weight=1))
        found = shares(Strategy.WEIGHTED, {"a": Capacity(), "b": Capacity()}, members=members)
        assert found["a"] == pytest.approx(0.75, abs=0.04)


class TestCapacity:
    def test_shares_follow_the_limits(self) -> None:
        known = {"a": requests(60, 100), "b": requests(50, 50), "c": requests(20, 25)}
        found = shares(Strategy.CAPACITY, known)
        assert [found[name] for name in "abc"] == pytest.approx([4 / 7, 2 / 7, 1 / 7], abs=0.04)

    def test_the_share_of_one_shrinks_near_its_limit(self) -> None:
        found = shares(Strategy.CAPACITY, {"a": requests(15), "b": requests(90)})
        assert found["a"] == pytest.approx(1 / 3, abs=0.04)

    def test_tokens_count_as_calls_of_this_size(self) -> None:
        tokens = Capacity(requests=Headroom(left=90, limit=100), tokens=Headroom(left=20_000, limit=100_000))
        assert ranked(Strategy.CAPACITY, {"a": tokens}).scores == {"a": pytest.approx(20)}

    def test_a_busy_one_gets_less(self) -> None:
        busy = Capacity(requests=Headroom(left=50, limit=100), in_flight=8, concurrency=10)
        found = shares(Strategy.CAPACITY, {"a": busy, "b": requests(50)})
        assert found["a"] == pytest.approx(0.2 / 1.2, abs=0.04)

    def test_one_without_a_known_limit_counts_like_the_largest(self) -> None:
        found = shares(Strategy.CAPACITY, {"a": requests(60, 60), "b": requests(20, 20), "c": Capacity()})
        assert found["c"] == pytest.approx(60 / 140, abs=0.04)

    def test_a_dialogue_goes_by_whole_limits_so_that_it_need_not_move(self) -> None:
        draws = {"a": 0.9, "b": 0.95}
        before = ranked(Strategy.CAPACITY, {"a": requests(100), "b": requests(40, 50)}, draw=draws, asked=DIALOGUE)
        after = ranked(Strategy.CAPACITY, {"a": requests(9), "b": requests(40, 50)}, draw=draws, asked=DIALOGUE)
        assert before.names == after.names


@pytest.mark.parametrize("strategy", OTHERS)
class TestFull:
    """A provider whose limit is used up comes last in every strategy: its next answer would be a 429."""

    @pytest.mark.parametrize(
        "full",
        [
            requests(0.9),
            requests(2.9),
            Capacity(tokens=Headroom(left=900, limit=50_000)),
            Capacity(in_flight=4, concurrency=4),
        ],
        ids=["no call left", "the reserve alone", "too few tokens", "no slot"],
    )
    def test_it_comes_last(self, strategy: Strategy, full: Capacity) -> None:
        found = ranked(strategy, {"a": full, "b": requests(3.1)}, draw={"a": 0.999, "b": 0.001})
        assert (found.names, found.full) == (("b", "a"), {"a"})

    def test_when_all_are_full_all_are_asked_all_the_same(self, strategy: Strategy) -> None:
        assert set(ranked(strategy, {"a": requests(0), "b": requests(0)}).names) == {"a", "b"}


class TestCost:
    def test_the_cheapest_for_this_call_is_first(self) -> None:
        cheap_input, cheap_output = priced(1e-6, 9e-6), priced(4e-6, 3e-6)
        short = ranked(Strategy.COST, {"in": cheap_input, "out": cheap_output}, asked=CALL)
        long = ranked(
            Strategy.COST, {"in": cheap_input, "out": cheap_output}, asked=Asked(input_tokens=90, output_tokens=300)
        )
        assert (short.names[0], long.names[0]) == ("in", "out")
        assert short.scores["in"] == pytest.approx(700e-6 + 2700e-6)

    def test_what_its_cache_serves_is_counted(self) -> None:
        found = ranked(Strategy.COST, {"a": priced(2e-6, cached_usd=0.2e-6, share=0.9), "b": priced(1e-6)})
        assert found.names[0] == "a"

    def test_an_unknown_price_never_wins_even_where_the_others_are_full(self) -> None:
        full = Capacity(requests=Headroom(left=0, limit=10), input_usd=1, output_usd=1)
        found = ranked(Strategy.COST, {"free?": Capacity(), "known": priced(5, 5), "full": full})
        assert found.names == ("known", "full", "free?")

    def test_equal_prices_share(self) -> None:
        assert shares(Strategy.COST, {"a": priced(1), "b": priced(1)})["a"] == pytest.approx(0.5, abs=0.04)


class TestLatency:
    def test_the_sooner_first_token_wins_but_for_a_trickle(self) -> None:
        found = shares(Strategy.LATENCY, {"slow": speaks_after(3), "fast": speaks_after(1)})
        assert found["slow"] == pytest.approx(0.015, abs=0.01)

    def test_the_trickle_goes_to_the_one_with_the_fewest_samples(self) -> None:
        known = {"a": speaks_after(1), "left": speaks_after(8, weight=3)}
        assert ranked(Strategy.LATENCY, known, ramp=0.01).names[0] == "left"

    def test_of_three_the_fastest_gets_two_thirds_and_the_slowest_nothing(self) -> None:
        found = shares(Strategy.LATENCY, {"a": speaks_after(1), "b": speaks_after(2), "c": speaks_after(3)})
        assert [found[name] for name in "abc"] == pytest.approx([2 / 3, 1 / 3, 0], abs=0.05)

    def test_one_that_is_not_known_of_late_is_tried(self) -> None:
        draws = {"known": 0.9, "forgotten": 0.1}
        found = ranked(Strategy.LATENCY, {"known": speaks_after(1), "forgotten": speaks_after(9, weight=0)}, draw=draws)
        assert (found.names[0], found.scores["forgotten"]) == ("forgotten", None)

    @pytest.mark.parametrize(("other_s", "first"), [(0.7, "warm"), (0.6, "other")])
    def test_a_dialogue_leaves_its_cache_only_for_a_much_faster_one(self, other_s: float, first: str) -> None:
        known = {"warm": speaks_after(1, cached_usd=0.1), "other": speaks_after(other_s)}
        found = ranked(Strategy.LATENCY, known, draw={"warm": 0.9, "other": 0.1}, asked=DIALOGUE, ramp=0.0)
        assert found.names[0] == first


class TestBalanced:
    GOOD_PRICE = Capacity(requests=Headroom(left=50, limit=100), input_usd=1e-6, output_usd=0)
    MUCH_ROOM = Capacity(requests=Headroom(left=100, limit=100), input_usd=2e-6, output_usd=0)

    def test_the_routes_weights_decide(self) -> None:
        known = {"cheap": self.GOOD_PRICE, "roomy": self.MUCH_ROOM}
        by_cost = ranked(Strategy.BALANCED, known, weights=Weights(capacity=1, cost=3, latency=0))
        by_room = ranked(Strategy.BALANCED, known, weights=Weights(capacity=3, cost=1, latency=0))
        assert (by_cost.names[0], by_room.names[0]) == ("cheap", "roomy")
        assert by_cost.scores == {"cheap": pytest.approx(0.875), "roomy": pytest.approx(0.625)}

    def test_priority_can_be_a_part_of_it(self) -> None:
        members = (Member(provider="a", priority=5), Member(provider="b", priority=1))
        found = ranked(
            Strategy.BALANCED,
            {"a": Capacity(), "b": Capacity()},
            members=members,
            weights=Weights(capacity=0, cost=0, latency=0, priority=1),
        )
        assert (found.names, found.scores) == (("b", "a"), {"b": 1.0, "a": 0.5})

    def test_near_scores_share(self) -> None:
        found = shares(Strategy.BALANCED, {"a": requests(100), "b": requests(95), "c": requests(50)})
        assert [found[name] for name in "abc"] == pytest.approx([0.5, 0.5, 0], abs=0.05)


ratios = st.floats(0, 1)
known = st.builds(
    Capacity,
    requests=st.none() | st.builds(Headroom, left=st.floats(0, 1e6), limit=st.floats(0, 1e6)),
    tokens=st.none() | st.builds(Headroom, left=st.floats(0, 1e9), limit=st.floats(0, 1e9)),
    in_flight=st.integers(0, 100),
    concurrency=st.none() | st.floats(0, 100),
    input_usd=st.none() | ratios,
    cached_usd=st.none() | ratios,
    output_usd=st.none() | ratios,
    cached_share=ratios,
)


@given(
    strategy=st.sampled_from(OTHERS),
    capacities=st.dictionaries(st.sampled_from("abcdef"), known, min_size=1),
    draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=6, max_size=6),
    keeps=st.booleans(),
)
def test_whatever_is_known_each_member_has_one_place_and_a_score(
    strategy: Strategy, capacities: dict[str, Capacity], draws: list[float], keeps: bool
) -> None:
    asked = Asked(input_tokens=700, output_tokens=300, keeps=keeps)
    found = ranked(strategy, capacities, draw=dict(zip("abcdef", draws, strict=True)), asked=asked)
    assert sorted(found.names) == sorted(capacities) == sorted(found.scores)
    assert found.home in capacities
