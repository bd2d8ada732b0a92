"""A day of 20,000 calls at four vendors, one without a known price: spend against an oracle that knows each bill.

The strategy sees price lists and the part that caches served of late; the oracle sees the answer's true length and
the call's true cached tokens. Each vendor is away for some hours, for both alike.
"""

from collections import deque
from dataclasses import dataclass
from random import Random

from bench.routing.drill import Drill, Result, Value, at_most
from bench.routing.planning import Planner, asked_first, providers
from llm.core.capacity.snapshot import Capacity
from llm.core.routing.candidate import RoutePolicy
from llm.core.routing.strategies.strategy import Strategy

CALLS = 20_000
MEMORY = 200
"""Calls over which the cached share is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """US dollars a million tokens; the mean part of input that its cache serves; hours in which it is away."""

    input: float
    cached: float
    output: float
    cached_share: float
    away: tuple[float, float]
    is_known: bool = True

    def bill(self, asked: int, cached: int, answered: int) -> float:
        return ((asked - cached) * self.input + cached * self.cached + answered * self.output) / 1e6


VENDORS = {
    "dear": Vendor(input=3.0, cached=0.3, output=15.0, cached_share=0.5, away=(3, 4)),
    "caching": Vendor(input=1.25, cached=0.125, output=10.0, cached_share=0.7, away=(9, 11)),
    "plain": Vendor(input=1.0, cached=1.0, output=5.0, cached_share=0.0, away=(14, 15)),
    "secret": Vendor(input=2.0, cached=2.0, output=9.0, cached_share=0.0, away=(0, 0), is_known=False),
}


def play(seed: int) -> Result:
    rows = [_row(strategy, seed) for strategy in (Strategy.COST, Strategy.PRIORITY, Strategy.WEIGHTED)]
    return Result(
        rows=tuple(rows),
        aims=(
            at_most("spend against the oracle's", float(rows[0]["against oracle"]), 1.03),
            at_most("calls at the unknown price while a known one answers", float(rows[0]["secret"]), 0),
        ),
    )


def _row(strategy: Strategy, seed: int) -> dict[str, Value]:
    chance = Random(f"cost {seed}")  # noqa: S311  repeatable
    planner = Planner(
        candidates=providers(*VENDORS),
        route=RoutePolicy(strategy=strategy),
        chance=Random(seed),  # noqa: S311  repeatable
    )
    seen = {name: deque([vendor.cached_share], MEMORY) for name, vendor in VENDORS.items()}
    spent = best = 0.0
    secret = 0
    for number in range(CALLS):
        hour = number * 24 / CALLS
        asked, answered = int(chance.lognormvariate(7.0, 1.0)), int(chance.lognormvariate(5.5, 0.7))
        hits = {name: min(1.0, max(0.0, chance.gauss(v.cached_share, 0.1))) for name, v in VENDORS.items()}
        hits["plain"] = hits["secret"] = 0.0
        away = tuple(name for name, vendor in VENDORS.items() if vendor.away[0] <= hour < vendor.away[1])
        bills = {name: v.bill(asked, int(hits[name] * asked), answered) for name, v in VENDORS.items()}
        best += min(bill for name, bill in bills.items() if name not in away and VENDORS[name].is_known)
        known = {name: _capacity(v, sum(seen[name]) / len(seen[name])) for name, v in VENDORS.items()}
        name = asked_first(planner.plan(hour * 3600, known, input_tokens=asked, without=away))
        seen[name].append(hits[name])
        spent += bills[name]
        secret += name == "secret"
    return {
        "strategy": strategy.value,
        "spent usd": round(spent, 2),
        "oracle usd": round(best, 2),
        "against oracle": round(spent / best, 4),
        "secret": secret,
    }


def _capacity(vendor: Vendor, cached_share: float) -> Capacity:
    if not vendor.is_known:
        return Capacity()
    return Capacity(
        input_usd=vendor.input / 1e6,
        cached_usd=vendor.cached / 1e6,
        output_usd=vendor.output / 1e6,
        cached_share=cached_share,
    )


DRILL = Drill(name="cost", about=__doc__, play=play)
