"""Recorded calls under another strategy: who would have answered, and at what cost."""

from decimal import Decimal

import pytest

from llm.core.routing.restrategy import Restrategy, replay_strategy
from llm.core.routing.strategies.strategy import Strategy
from llm.core.routing.whatif import RecordedCall
from tests.core.routing.test_plan import NAMES, NOW, candidate
from tests.core.routing.test_whatif import call, price, tried

CLAUDES = [call(tried("claude", 400, cost="0.009"), number=n) for n in range(10)]
GEMINI = call(tried("gemini", 900, cost="0.001"), number=50, passed_over=frozenset({"claude"}))
OPENAI = call(tried("openai", 300, cost="0.003"), number=60)


def under(strategy: Strategy, calls: list[RecordedCall]) -> Restrategy:
    known = {name: candidate(name) for name in NAMES}
    return replay_strategy(calls, strategy=strategy, candidates=known, routes={}, price=price, now=NOW)


def shifts(found: Restrategy) -> dict[str, tuple[int, float]]:
    return {shift.provider: (shift.before, shift.after) for shift in found.shifts}


def test_the_same_strategy_changes_nothing() -> None:
    found = under(Strategy.PRIORITY, [*CLAUDES, GEMINI])
    assert (found.calls, found.moved, found.added_ms) == (11, 0, None)
    assert found.cost_before_usd == found.cost_after_usd == Decimal("0.091")


def test_by_cost_all_go_to_the_cheapest_with_a_known_price() -> None:
    found = under(Strategy.COST, [*CLAUDES, GEMINI])
    assert shifts(found) == {"claude": (10, 0.0), "gemini": (1, 11.0)}
    assert (found.moved, found.added_ms) == (10, pytest.approx(500))
    assert found.cost_after_usd == Decimal("0.001") + 10 * Decimal("0.0011")


def test_by_latency_the_quickest_of_the_period_gains() -> None:
    found = under(Strategy.LATENCY, [*CLAUDES, GEMINI, OPENAI])
    assert shifts(found) == {"claude": (10, 3.0), "gemini": (1, 0.0), "openai": (1, 9.0)}
    assert found.added_ms == pytest.approx((7 * -100 - 600) / 8)


def test_whoever_was_out_at_that_moment_stays_out() -> None:
    away = call(tried("claude", cost="0.009"), number=2, passed_over=frozenset({"gemini"}))
    assert shifts(under(Strategy.COST, [away])) == {"claude": (1, 0.0), "openai": (0, 1.0)}
