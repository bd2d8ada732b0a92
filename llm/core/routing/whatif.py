"""What would have happened without one provider: recorded calls, planned again with it gone.

Facts are what the records hold: who answered, in what time, for how many tokens, who was skipped
and who failed in that same call. Estimated is the rest: a substitute answers with the share of calls
that it answered in the period, in its median time, for as many tokens, without a warm cache.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from statistics import fmean, median

from llm.core.calls import CallOptions, CallStatus, Outcome
from llm.core.capacity.snapshot import NO_CAPACITIES, Capacities
from llm.core.chat.request import Capability
from llm.core.chat.response import Usage
from llm.core.routing.needs import Needs
from llm.core.routing.plan import Candidate, Plan, RandomDraws, RoutePolicy, make_plan
from llm.core.routing.standby import present

Price = Callable[[Candidate, Usage], Decimal | None]
"""(provider, tokens) -> US dollars; None when its model has no known price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTry:
    """One recorded attempt; milliseconds."""

    provider: str
    outcome: Outcome
    duration_ms: float
    usage: Usage = Usage()
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One recorded call. `passed_over` are the providers that its plan skipped."""

    id: str
    route: str
    stream: bool
    status: CallStatus
    provider: str
    tries: tuple[RecordedTry, ...]
    passed_over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCalls:
    """How a provider did in the period. `tries` counts calls in which it was asked; medians in milliseconds."""

    tries: int = 0
    answered: int = 0
    answer_ms: float | None = None
    failure_ms: float = 0.0

    @property
    def rate(self) -> float:
        """The share of calls that it answered when asked; 1 when it was never asked, for want of better."""
        return self.answered / self.tries if self.tries else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """What one provider would have taken over. `calls` is an expected number, so it may be broken."""

    provider: str
    calls: float
    evidence: RecordedCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The replay's result.

    `moved` calls were answered by `down` and are planned again; in `spared` ones it was asked in vain,
    so they end as they did, only sooner by `spared_ms` in the mean. `static_after` is expected.
    Costs are those of the moved calls; `unpriced_before` of them have no recorded cost, `unpriced` (expected) no price
    there. `timed` is the expected number of moved calls whose added time is known.
    """

    down: str
    calls: int
    moved: int
    spared: int
    spared_ms: float | None
    substitutes: tuple[Substitute, ...]
    static_before: int
    static_after: float
    added_ms: float | None
    timed: float
    cost_before_usd: Decimal
    cost_after_usd: Decimal
    unpriced: float
    unpriced_before: int = 0


def evidence_of(calls: Sequence[RecordedCall]) -> dict[str, RecordedCalls]:
    """How each provider did, call by call: a second try at the same one belongs to the first."""
    answers: dict[str, list[float]] = {}
    failures: dict[str, list[float]] = {}
    for call in calls:
        for name in {one.provider for one in call.tries}:
            own = [one for one in call.tries if one.provider == name]
            spent = sum(one.duration_ms for one in own)
            if own[-1].outcome is Outcome.OK:
                answers.setdefault(name, []).append(spent)
            elif own[-1].outcome is Outcome.FAILED:
                failures.setdefault(name, []).append(spent)
    return {
        name: RecordedCalls(
            tries=len(answers.get(name, ())) + len(failures.get(name, ())),
            answered=len(answers.get(name, ())),
            answer_ms=median(answers[name]) if name in answers else None,
            failure_ms=median(failures[name]) if name in failures else 0.0,
        )
        for name in answers.keys() | failures.keys()
    }


@dataclass(slots=True, kw_only=True)
class Sums:
    """What grows while the calls are replayed; weights are probabilities."""

    answers: dict[str, float] = field(default_factory=dict)
    static: float = 0.0
    added_ms: float = 0.0
    timed: float = 0.0
    cost_before: Decimal = Decimal(0)
    cost_after: Decimal = Decimal(0)
    unpriced: float = 0.0


def replay(
    calls: Sequence[RecordedCall],
    *,
    down: str,
    candidates: Mapping[str, Candidate],
    routes: Mapping[str, RoutePolicy],
    price: Price,
    now: datetime,
) -> WhatIf:
    """The calls without `down`, by the configuration in `candidates` and `routes` as it stands at `now`."""
    known = evidence_of(calls)
    sums = Sums()
    moved = [call for call in calls if call.status is CallStatus.OK and call.provider == down]
    for call in moved:
        # Without `down`, and without providers that were out, or failed, at the moment of this very call. A hedged
        # provider was neither: another one was quicker.
        failed = (one.provider for one in call.tries if one.outcome is not Outcome.HEDGED)
        out = {down, *call.passed_over, *failed}
        plan = plan_again(call, out, candidates, routes.get(call.route, RoutePolicy(name=call.route)), now)
        walk(call, plan, known, price, sums)
    spared = [spent_at(call, down) for call in calls if call.provider != down and spent_at(call, down)]
    static_before = sum(call.status is CallStatus.STATIC for call in calls)
    return WhatIf(
        down=down,
        calls=len(calls),
        moved=len(moved),
        spared=len(spared),
        spared_ms=fmean(spared) if spared else None,
        substitutes=tuple(
            Substitute(provider=name, calls=number, evidence=known.get(name, RecordedCalls()))
            for name, number in sorted(sums.answers.items(), key=lambda item: (-item[1], item[0]))
        ),
        static_before=static_before,
        static_after=static_before + sums.static,
        added_ms=sums.added_ms / sums.timed if sums.timed else None,
        timed=sums.timed,
        cost_before_usd=sums.cost_before,
        cost_after_usd=sums.cost_after,
        unpriced=sums.unpriced,
        unpriced_before=sum(answer_in(call).cost_usd is None for call in moved),
    )


def plan_again(
    call: RecordedCall,
    out: Iterable[str],
    candidates: Mapping[str, Candidate],
    route: RoutePolicy,
    now: datetime,
    capacities: Capacities = NO_CAPACITIES,
) -> Plan:
    """The plan of a recorded call without those in `out`."""
    needs = Needs(
        capabilities=frozenset({Capability.STREAM}) if call.stream else frozenset(),
        input_tokens=answer_in(call).usage.input,
    )
    draws = {name: RandomDraws(order=_draw(call.id, name), ramp=0.5) for name in candidates}
    return make_plan(
        candidates,
        {},
        needs,
        route=present(route, draws, now),
        options=CallOptions(route=call.route, without=tuple(sorted(out))),
        now=now,
        draws=draws,
        capacities=capacities,
    )


def _draw(call: str, provider: str) -> float:
    """A number in [0, 1) that is the same in every replay, so that weights share and results repeat."""
    return int.from_bytes(sha256(f"{call} {provider}".encode()).digest()[:6]) / 2**48


def walk(call: RecordedCall, plan: Plan, known: Mapping[str, RecordedCalls], price: Price, sums: Sums) -> None:
    """Goes along the stops with the probability of getting there; what is left at the end is static."""
    answer = answer_in(call)
    sums.cost_before += answer.cost_usd or 0
    reached, lost_ms = 1.0, 0.0
    usage = replace(answer.usage, cached=0, cache_written=0, cache_written_1h=0)
    for stop in plan.stops:
        if reached <= 0:
            break
        name = stop.candidate.name
        evidence = known.get(name, RecordedCalls())
        share = reached * evidence.rate
        if share:
            sums.answers[name] = sums.answers.get(name, 0.0) + share
            if evidence.answer_ms is not None:
                sums.added_ms += share * (lost_ms + evidence.answer_ms - spent_at(call, call.provider))
                sums.timed += share
            cost = price(stop.candidate, usage)
            if cost is None:
                sums.unpriced += share
            else:
                sums.cost_after += cost * Decimal(str(share))
        lost_ms += evidence.failure_ms
        reached -= share
    sums.static += reached


def answer_in(call: RecordedCall) -> RecordedTry:
    """The attempt that answered; an empty one when the record has lost it."""
    good = [one for one in call.tries if one.outcome is Outcome.OK and one.provider == call.provider]
    return good[-1] if good else RecordedTry(provider=call.provider, outcome=Outcome.OK, duration_ms=0.0)


def spent_at(call: RecordedCall, provider: str) -> float:
    return sum(one.duration_ms for one in call.tries if one.provider == provider)
