"""What would have happened under another strategy: recorded answers, planned again.

A call that the strategy gives to the provider which answered it keeps its facts. The others are estimated as
`llm.core.routing.whatif` estimates substitutes. Limits are not recorded: all providers count as roomy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from llm.core.calls import CallStatus, Outcome
from llm.core.capacity.snapshot import Capacities, Capacity, Quantiles, SizeClass
from llm.core.chat.response import Usage
from llm.core.routing.plan import Candidate, RoutePolicy
from llm.core.routing.strategies.strategy import Strategy
from llm.core.routing.whatif import (
    Price,
    RecordedCall,
    RecordedCalls,
    Sums,
    answer_in,
    evidence_of,
    plan_again,
    walk,
)

MANY_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """The answers of one provider: recorded, and expected under the strategy."""

    provider: str
    before: int
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrategy:
    """The replay's result.

    Of `calls` that a provider answered, `moved` have another first choice under the strategy. `added_ms` is the mean
    over the moved calls whose time is known (`timed`, expected). Costs are of all answered calls; `unpriced` (expected)
    have no known price there, `unpriced_before` no recorded cost. `static`: expected answers that no provider gives.
    """

    strategy: Strategy
    calls: int
    moved: int
    shifts: tuple[Shift, ...]
    added_ms: float | None
    timed: float
    cost_before_usd: Decimal
    cost_after_usd: Decimal
    unpriced: float
    unpriced_before: int
    static: float


def replay_strategy(
    calls: Sequence[RecordedCall],
    *,
    strategy: Strategy,
    candidates: Mapping[str, Candidate],
    routes: Mapping[str, RoutePolicy],
    price: Price,
    now: datetime,
) -> Restrategy:
    """The answered calls under `strategy` in place of their routes' own, by the configuration as it stands at `now`."""
    known, sums = evidence_of(calls), Sums()
    capacities = _capacities(candidates, known, price)
    answered = [call for call in calls if call.status is CallStatus.OK]
    stayed_usd, moved = Decimal(0), 0
    for call in answered:
        failed = {one.provider for one in call.tries if one.outcome is not Outcome.OK} - {call.provider}
        route = replace(routes.get(call.route, RoutePolicy(name=call.route)), strategy=strategy)
        plan = plan_again(call, {*call.passed_over, *failed}, candidates, route, now, capacities)
        if not plan.stops or plan.stops[0].candidate.name == call.provider:
            sums.answers[call.provider] = sums.answers.get(call.provider, 0.0) + 1
            stayed_usd += answer_in(call).cost_usd or 0
        else:
            moved += 1
            walk(call, plan, known, price, sums)
    before = [call.provider for call in answered]
    return Restrategy(
        strategy=strategy,
        calls=len(answered),
        moved=moved,
        shifts=tuple(
            Shift(provider=name, before=before.count(name), after=sums.answers.get(name, 0.0))
            for name in sorted({*before, *sums.answers})
        ),
        added_ms=sums.added_ms / sums.timed if sums.timed else None,
        timed=sums.timed,
        cost_before_usd=sums.cost_before + stayed_usd,
        cost_after_usd=sums.cost_after + stayed_usd,
        unpriced=sums.unpriced,
        unpriced_before=sum(answer_in(call).cost_usd is None for call in answered),
        static=sums.static,
    )


def _capacities(candidates: Mapping[str, Candidate], known: Mapping[str, RecordedCalls], price: Price) -> Capacities:
    """What the strategies would have known: today's prices, and the period's median times in place of first tokens."""
    found = {}
    for name, candidate in candidates.items():
        took_ms = known.get(name, RecordedCalls()).answer_ms
        seconds = None if took_ms is None else took_ms / 1000
        seen = None if seconds is None else Quantiles(p50=seconds, p90=seconds, p95=seconds, weight=1.0)
        found[name] = Capacity(
            first_token={} if seen is None else dict.fromkeys(SizeClass, seen),
            input_usd=_each(price(candidate, Usage(input=MANY_TOKENS))),
            output_usd=_each(price(candidate, Usage(output=MANY_TOKENS))),
        )
    return found


def _each(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd) / MANY_TOKENS
