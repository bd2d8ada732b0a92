"""The CPU that a plan takes with each strategy, over five providers of which everything is known, beside `priority`."""

from dataclasses import dataclass
from random import Random

from bench.routing.drill import Drill, Result, Value, at_most
from bench.routing.planning import Planner, providers
from llm.core.capacity.snapshot import Capacity, Headroom, Quantiles, SizeClass
from llm.core.routing.candidate import RoutePolicy
from llm.core.routing.dialogue import Dialogue
from llm.core.routing.strategies.strategy import Strategy

NAMES = ("claude", "gemini", "openai", "mistral", "groq")
PLANS, ROUNDS = 500, 20
"""The best of the rounds counts: what else the machine does only adds."""
WARM = Dialogue(key=b"the key of a dialogue"[:16], prefix_tokens=4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Plans of one strategy: CPU seconds of each, in the round that took the least."""

    strategy: Strategy
    sticky: bool
    spent_s: list[float]

    @property
    def mean_s(self) -> float:
        return sum(self.spent_s) / len(self.spent_s)


def planned(seed: int) -> list[Planned]:
    """Plans of each strategy, without and with a dialogue to keep. `priority` without one is the first."""
    chance = Random(seed)  # noqa: S311  repeatable
    known = {name: _capacity(chance) for name in NAMES}
    ways = [(strategy, dialogue) for strategy in Strategy for dialogue in (None, WARM)]
    rounds: list[list[list[float]]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for kept, (strategy, dialogue) in zip(rounds, ways, strict=True):
            planner = Planner(
                candidates=providers(*NAMES),
                route=RoutePolicy(strategy=strategy, sticky=dialogue is not None),
                chance=Random(seed),  # noqa: S311
            )
            for _ in range(PLANS):
                planner.plan(0.0, known, dialogue=dialogue)
            kept.append(planner.spent_s)
    return [
        Planned(strategy=strategy, sticky=dialogue is not None, spent_s=min(kept, key=sum))
        for kept, (strategy, dialogue) in zip(rounds, ways, strict=True)
    ]


def play(seed: int) -> Result:
    found = planned(seed)
    over_ms = [1e3 * (one.mean_s - found[0].mean_s) for one in found]
    loose, sticky = over_ms[::2], over_ms[1::2]
    dialogue_ms = max(kept - left for left, kept in zip(loose, sticky, strict=True))
    rows: list[dict[str, Value]] = [
        {
            "strategy": one.strategy.value,
            "sticky": "yes" if one.sticky else "no",
            "µs": round(1e6 * one.mean_s, 1),
            "over priority, ms": round(over, 4),
        }
        for one, over in zip(found, over_ms, strict=True)
    ]
    return Result(
        rows=tuple(rows),
        aims=(
            at_most("CPU of a plan over priority, in ms", max(loose), 0.05),
            at_most("CPU that a dialogue adds to it, in ms", dialogue_ms, 0.02),
        ),
    )


def _capacity(chance: Random) -> Capacity:
    return Capacity(
        requests=Headroom(left=chance.uniform(100, 1000), limit=1000),
        tokens=Headroom(left=chance.uniform(1e5, 1e6), limit=1e6),
        in_flight=chance.randrange(10),
        concurrency=50,
        first_token={SizeClass.SMALL: Quantiles(p50=0.5, p90=chance.uniform(0.6, 3), p95=3, weight=50)},
        input_usd=chance.uniform(1e-6, 3e-6),
        cached_usd=1e-7,
        output_usd=chance.uniform(5e-6, 15e-6),
        cached_share=0.3,
    )


DRILL = Drill(name="cpu", about=__doc__, play=play)
