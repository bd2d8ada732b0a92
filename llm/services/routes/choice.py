"""What a route would choose at this moment, and why: the plan of a call that is not made."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from llm.core.calls import CallOptions
from llm.core.routing.needs import Needs
from llm.core.routing.plan import Plan, RandomDraws, RoutePolicy, make_plan
from llm.core.routing.strategies.strategy import Strategy
from llm.core.routing.strategies.wording import score_in_words
from llm.services import portal
from llm.services.runtime import clock
from llm.stores.capacity.here import capacity_store
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store

INPUT_TOKENS = 500
"""The input of the imagined call: a question with a short history."""
DRAWS = 200
"""So many plans tell the shares within 7 percent points (two standard errors). They take about 10 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedProvider:
    """A member of the route. `share`: how often it would be asked first, from 0 to 1.

    `score` is in the strategy's unit (`Ranking`), None when unknown or without scores; `shown` has it in words.
    `is_full`: its limits are used up. `skipped` is the code of the reason why it would not be asked; `detail` says it.
    """

    provider: str
    share: float
    score: float | None
    shown: str
    is_full: bool
    skipped: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChoice:
    """The members, the most likely first choice at the top, those that would be skipped at the end."""

    strategy: Strategy
    input_tokens: int
    providers: tuple[RankedProvider, ...]


async def choice_now(route: str) -> RouteChoice:
    """What a plain call without a caller's wishes would get, from memory. An unknown route takes all providers."""
    config, circuits = await config_store.current(), await circuit_store.read()
    policy = config.routes.get(route, RoutePolicy(name=route))
    chance = Random(0)  # noqa: S311  the same numbers each time: what changes is the state
    now, capacities = clock.now(), capacity_store.read()

    def drawn() -> Plan:
        return make_plan(
            config.candidates,
            circuits,
            Needs(capabilities=frozenset(), input_tokens=INPUT_TOKENS),
            route=policy,
            options=CallOptions(route=route),
            now=now,
            draws={name: RandomDraws(order=chance.random(), ramp=chance.random()) for name in config.providers},
            capacities=capacities,
        )

    plans = [drawn() for _ in range(DRAWS)]
    firsts = Counter(plan.stops[0].candidate.name for plan in plans if plan.stops)
    return RouteChoice(
        strategy=policy.strategy, input_tokens=INPUT_TOKENS, providers=_ranked(plans[0], policy.strategy, firsts)
    )


def choice_now_sync(route: str) -> RouteChoice:
    """`choice_now` for threads without a running event loop."""
    return portal.run(lambda: choice_now(route))


def _ranked(plan: Plan, strategy: Strategy, firsts: Mapping[str, int]) -> tuple[RankedProvider, ...]:
    ranking = plan.order.ranking if plan.order is not None else None
    skips = {skip.provider: skip for skip in plan.skips}
    names = [stop.candidate.name for stop in plan.stops]
    names = [*sorted(names, key=lambda name: -firsts.get(name, 0)), *(name for name in skips if name not in names)]
    return tuple(
        RankedProvider(
            provider=name,
            share=firsts.get(name, 0) / DRAWS,
            score=ranking.scores.get(name) if ranking is not None else None,
            shown=score_in_words(strategy, ranking.scores.get(name)) if ranking is not None else "",
            is_full=ranking is not None and name in ranking.full,
            skipped=str(skips[name].reason) if name in skips else None,
            detail=skips[name].detail if name in skips else "",
        )
        for name in names
    )
