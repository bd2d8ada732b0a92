"""Who is asked, in which order, and who is not and why: one plan a call, made before anything is called.

Health filters, the route orders, capabilities limit; none of the three knows the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from llm.core.calls import AttemptReason, CallOptions, Skip
from llm.core.capacity.snapshot import NO_CAPACITIES, Capacities
from llm.core.chat.refused import Mend, Refused, still_refused
from llm.core.circuit.override import in_force
from llm.core.circuit.state import (
    BLOCKS,
    DEFAULT_POLICY,
    Admission,
    Admitted,
    Circuit,
    CircuitPolicy,
    CircuitState,
    admit,
)
from llm.core.circuit.window import totals
from llm.core.failures.policy import ErrorClass
from llm.core.routing.candidate import Candidate, Member, RandomDraws, RoutePolicy
from llm.core.routing.dialogue import Dialogue
from llm.core.routing.fit import no_key, refused_before, unfit
from llm.core.routing.needs import Needs
from llm.core.routing.order import Order, order_of

__all__ = ["Candidate", "Member", "Plan", "RandomDraws", "RoutePolicy", "Stop", "make_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One provider that will be asked, and why. `generation` is its circuit's at the time of planning.

    `detail` adds to `reason` what only this case has: the operator's sentence, the share of a returning provider.
    """

    candidate: Candidate
    reason: AttemptReason
    generation: int
    detail: str = ""
    refused: tuple[Refused, ...] = ()
    """What its vendor refuses: the adapter mends the request beforehand."""
    order: Order | None = None
    """The order that it was taken from; None for one provider past its circuit."""

    @property
    def choice(self) -> str:
        """The strategy's scores in words, for the call's first attempt; "" for `priority`."""
        return self.order.choice if self.order is not None else ""

    @property
    def move(self) -> str:
        """What it costs that a dialogue leaves the cache of another provider for this one; "" when it leaves none."""
        return self.order.move_to(self.candidate.name) if self.order is not None else ""


BY_CIRCUIT = frozenset({AttemptReason.FIRST, AttemptReason.FALLBACK, AttemptReason.RAMPING})
"""Reasons under which a closed circuit admits the call; the others go past the circuit or hold its lease."""
RETRIED = BY_CIRCUIT | {AttemptReason.FORCED_CLOSED}
"""Reasons under which a provider may be asked a second time; each of the others is one try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The providers to ask, in order, and the skipped ones. `retry_at`: the earliest end of a skip."""

    stops: tuple[Stop, ...]
    skips: tuple[Skip, ...]
    first: str | None = None
    """The provider that the route's order puts first, whatever its state. An answer of another one is a fallback."""
    retry_at: datetime | None = None
    away: tuple[Candidate, ...] = ()
    """Providers that could take the request if their circuits let them."""
    order: Order | None = None
    """What the strategy made of all providers; None for one provider past its circuit."""


def make_plan(
    candidates: Mapping[str, Candidate],
    circuits: Mapping[str, Circuit],
    needs: Needs,
    *,
    route: RoutePolicy,
    options: CallOptions,
    now: datetime,
    draws: Mapping[str, RandomDraws],
    policy: CircuitPolicy = DEFAULT_POLICY,
    capacities: Capacities = NO_CAPACITIES,
    dialogue: Dialogue | None = None,
) -> Plan:
    """The stops in order, and the skips with their reasons.

    `dialogue` is that of a call which should stay where its beginning is cached.

    When every circuit is open, the one that reopens soonest gets one last try. A provider that its vendor closed to us
    (no credit, bad key, a stated Retry-After) gets none: asking again is vain there.
    """
    if options.only is not None:
        reason = AttemptReason.PROBE if options.leased else AttemptReason.TEST
        return _single(candidates[options.only], circuits, reason, now)
    order = order_of(candidates, route, needs, options, draws, capacities, dialogue)
    stop_at = partial(_stop, order=order)
    chain = order.chain
    returns = any(circuit.ramping for circuit in circuits.values())
    is_quiet = not returns or _calls_of_last_minute(circuits, now) <= QUIET_CALLS
    stops: list[Stop] = []
    returning: list[Stop] = []
    skips: list[Skip] = []
    denied: list[tuple[Candidate, Admitted]] = []
    passed_over: list[Stop] = []
    for candidate in chain:
        if (misfit := unfit(candidate, needs, options, now)) is not None:
            skips.append(misfit)
            continue
        circuit = circuits.get(candidate.name, Circuit())
        override = in_force(candidate.override, now)
        ticket = admit(circuit, now, 0.0 if is_quiet else draws[candidate.name].ramp, policy)
        if override is not None:
            stops.append(stop_at(candidate, AttemptReason.FORCED_CLOSED, circuit, now, override.sentence))
        elif ticket.admission is Admission.DENY:
            skips.append(Skip(provider=candidate.name, reason=ticket.reason, detail=ticket.detail, until=ticket.until))
            denied.append((candidate, ticket))
        elif (known := refused_before(candidate, circuit, needs, now)) is not None:
            skips.append(known)
            is_trial = ticket.admission is Admission.TRIAL
            reason = AttemptReason.TRIAL if is_trial else AttemptReason.FALLBACK
            passed_over.append(stop_at(candidate, reason, circuit, now, known.detail))
        elif ticket.admission is Admission.LATER:
            returning.append(stop_at(candidate, AttemptReason.RAMPING, circuit, now, ticket.detail))
        elif ticket.admission is Admission.TRIAL:
            stops.append(stop_at(candidate, AttemptReason.TRIAL, circuit, now))
        else:
            first = candidate is chain[0]
            stops.append(stop_at(candidate, AttemptReason.FIRST if first else AttemptReason.FALLBACK, circuit, now))
    stops += returning
    if not stops:
        stops = passed_over or _last_resort(denied, circuits, now, order)
        asked = {stop.candidate.name for stop in stops}
        skips = [skip for skip in skips if skip.provider not in asked]
    return Plan(
        stops=tuple(stops),
        skips=tuple(skips),
        order=order,
        first=chain[0].name if chain else None,
        retry_at=min((skip.until for skip in skips if skip.until), default=None),
        away=tuple(candidate for candidate, _ in denied),
    )


QUIET_CALLS = 60
"""Calls in the last minute, of all providers, up to which a provider returns at once after an outage. Steps spare a
vendor the rush of all callers; below one call a second there is none, and steps would only keep callers from it."""


def _calls_of_last_minute(circuits: Mapping[str, Circuit], now: datetime) -> int:
    return sum(sum(totals(circuit.window, now.timestamp())) for circuit in circuits.values())


def _single(candidate: Candidate, circuits: Mapping[str, Circuit], reason: AttemptReason, now: datetime) -> Plan:
    if not candidate.has_key:
        return Plan(stops=(), skips=(no_key(candidate),), first=candidate.name)
    circuit = circuits.get(candidate.name, Circuit())
    return Plan(stops=(_stop(candidate, reason, circuit, now),), skips=(), first=candidate.name)


def _stop(
    candidate: Candidate,
    reason: AttemptReason,
    circuit: Circuit,
    now: datetime,
    detail: str = "",
    *,
    order: Order | None = None,
) -> Stop:
    mended = tuple(
        refused for refused in still_refused(circuit.refused, candidate.account, now) if refused.mend is not Mend.NONE
    )
    return Stop(
        candidate=candidate, reason=reason, generation=circuit.generation, detail=detail, refused=mended, order=order
    )


def _last_resort(
    denied: list[tuple[Candidate, Admitted]], circuits: Mapping[str, Circuit], now: datetime, order: Order
) -> list[Stop]:
    hopeful = [
        (ticket.until, place, candidate)
        for place, (candidate, ticket) in enumerate(denied)
        if (circuit := circuits[candidate.name]).state is not CircuitState.CLOSED
        and circuit.reason not in BLOCKS
        and ticket.reason is not ErrorClass.RATE_LIMITED
        and ticket.until is not None
    ]
    if not hopeful:
        return []
    _, _, nearest = min(hopeful)
    return [_stop(nearest, AttemptReason.LAST_RESORT, circuits[nearest.name], now, order=order)]
