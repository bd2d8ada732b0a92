"""Three vendors whose first token takes 1, 1.3 and 3 s; after five minutes the first one takes 8 s, for five minutes.

The slowest writes the shortest answers, so that a clock of whole answers would prefer it. A call a second.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean

from bench.routing.drill import Drill, Result, Value, at_least, at_most
from bench.routing.planning import Planner, asked_first, providers
from llm.core.capacity.snapshot import Capacity, Quantiles, SizeClass
from llm.core.routing.candidate import RoutePolicy
from llm.core.routing.strategies.strategy import Strategy

FIRST_TOKEN_S = {"quick": 1.0, "middling": 1.3, "slow": 3.0}
SLOWED_S = 8.0
PHASES = {
    "all well": (0, 300),
    "quick takes 8 s": (300, 600),
    "recovered": (600, 1800),
    "its last 5 minutes": (1500, 1800),
}
HALF_LIFE_S = 300.0


@dataclass(slots=True)
class Seen:
    """First tokens that were measured, as (second, seconds)."""

    samples: list[tuple[float, float]] = field(default_factory=list)

    def capacity(self, now: float) -> Capacity:
        """What is known at `now`: quantiles of samples whose weight halves every HALF_LIFE_S."""
        weighed = sorted((took, 0.5 ** ((now - at) / HALF_LIFE_S)) for at, took in self.samples if at <= now)
        total = sum(weight for _, weight in weighed)
        if total <= 0:
            return Capacity()
        p50, p90, p95 = (_quantile(weighed, share * total) for share in (0.5, 0.9, 0.95))
        return Capacity(first_token={SizeClass.SMALL: Quantiles(p50=p50, p90=p90, p95=p95, weight=total)})


def _quantile(weighed: Sequence[tuple[float, float]], reached: float) -> float:
    for took, weight in weighed:
        reached -= weight
        if reached <= 0:
            return took
    return weighed[-1][0]


def play(seed: int) -> Result:
    played = {
        strategy: _played(strategy, seed) for strategy in (Strategy.LATENCY, Strategy.PRIORITY, Strategy.WEIGHTED)
    }
    rows: list[dict[str, Value]] = []
    for strategy, calls in played.items():
        for phase, (begin, end) in PHASES.items():
            part = [(name, took) for at, name, took in calls if begin <= at < end]
            shares = Counter(name for name, _ in part)
            rows.append(
                {
                    "strategy": strategy.value,
                    "phase": phase,
                    **{name: round(shares[name] / len(part), 3) for name in FIRST_TOKEN_S},
                    "mean s": round(fmean(took for _, took in part), 2),
                }
            )
    well, slowed, _, last = rows[:4]
    return Result(
        rows=tuple(rows),
        aims=(
            at_most("share of the one at 3 s", float(well["slow"]), 0.05),
            at_most("share of the one that slowed down", float(slowed["quick"]), 0.2),
            at_least("share of the recovered one, 15 to 20 minutes later", float(last["quick"]), 0.4),
        ),
    )


def _played(strategy: Strategy, seed: int) -> list[tuple[float, str, float]]:
    """(second, provider, seconds to its first token) of each call."""
    chance = Random(f"latency {seed}")  # noqa: S311  repeatable
    planner = Planner(candidates=providers(*FIRST_TOKEN_S), route=RoutePolicy(strategy=strategy), chance=chance)
    seen = {name: Seen() for name in FIRST_TOKEN_S}
    calls = []
    for second in range(PHASES["recovered"][1]):
        if second % 5 == 0:  # workers share what they know every few seconds
            known = {name: one.capacity(second) for name, one in seen.items()}
        name = asked_first(planner.plan(second, known))
        is_slowed = name == "quick" and 300 <= second < 600
        took = (SLOWED_S if is_slowed else FIRST_TOKEN_S[name]) * chance.lognormvariate(0, 0.15)
        seen[name].samples.append((second + took, took))
        calls.append((float(second), name, took))
    return calls


DRILL = Drill(name="latency", about=__doc__, play=play)
