"""Who is asked, in which order, and who is not and why: one plan a call, made before anything is called.

Health filters, the route orders, capabilities limit; none of the three knows the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from llm.core.calls import AttemptReason, CallOptions, Skip, SkipReason
from llm.core.chat.refused import Mend, Refused, holds, still_refused
from llm.core.chat.request import Capability
from llm.core.circuit.override import Override, in_force
from llm.core.circuit.override import skip as override_skip
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
from llm.core.routing.limits import NO_LIMITS, RequestLimits, misfit
from llm.core.routing.needs import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A provider as routing sees it: no secret, no address. Windows are tokens, timeouts seconds.

    `account` is a digest of key, address and model: another one means that what a vendor refused has changed.
    """

    name: str
    kind: str
    model: str
    priority: int = 100
    weight: int = 1
    enabled: bool = True
    has_key: bool = True
    capabilities: frozenset[Capability] = frozenset(Capability)
    context_window: int | None = 128_000
    """None: unknown, so any request may fit."""
    limits: RequestLimits = NO_LIMITS
    max_tokens: int = 1024
    attempt_timeout_s: float = 30.0
    account: str = ""
    override: Override | None = None
    """The operator's last word, which may be over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A provider's place in a route."""

    provider: str
    priority: int
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePolicy:
    """A route as planning sees it. Without members it takes every provider by its own priority."""

    name: str = "default"
    members: tuple[Member, ...] = ()
    next_on_refusal: bool = False
    deadline_s: float = 60.0
    max_wait_s: float = 2.0
    buffered: bool = False
    """Whether a stream is held back until it is whole, so that the next provider can start afresh when one breaks."""
    live_tool_calls: bool = False
    """Whether tool calls go out in pieces. Else each goes out whole, and a stream that breaks inside one restarts."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomDraws:
    """Two numbers in [0, 1) per provider: one for the weighted order, one for the stepwise return."""

    order: float
    ramp: float


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
) -> Plan:
    """The stops in order, and the skips with their reasons.

    When every circuit is open, the one that reopens soonest gets one last try. A provider that its vendor closed to us
    (no credit, bad key, a stated Retry-After) gets none: asking again is vain there.
    """
    if options.only is not None:
        reason = AttemptReason.PROBE if options.leased else AttemptReason.TEST
        return _single(candidates[options.only], circuits, reason, now)
    chain = _ordered(candidates, route, options, draws)
    returns = any(circuit.ramping for circuit in circuits.values())
    is_quiet = not returns or _calls_of_last_minute(circuits, now) <= QUIET_CALLS
    stops: list[Stop] = []
    returning: list[Stop] = []
    skips: list[Skip] = []
    denied: list[tuple[Candidate, Admitted]] = []
    passed_over: list[Stop] = []
    for candidate in chain:
        unfit = _unfit(candidate, needs, options, now)
        if unfit is not None:
            skips.append(unfit)
            continue
        circuit = circuits.get(candidate.name, Circuit())
        override = in_force(candidate.override, now)
        ticket = admit(circuit, now, 0.0 if is_quiet else draws[candidate.name].ramp, policy)
        if override is not None:
            stops.append(_stop(candidate, AttemptReason.FORCED_CLOSED, circuit, now, override.sentence))
        elif ticket.admission is Admission.DENY:
            skips.append(Skip(provider=candidate.name, reason=ticket.reason, detail=ticket.detail, until=ticket.until))
            denied.append((candidate, ticket))
        elif (known := _refused_before(candidate, circuit, needs, now)) is not None:
            skips.append(known)
            is_trial = ticket.admission is Admission.TRIAL
            reason = AttemptReason.TRIAL if is_trial else AttemptReason.FALLBACK
            passed_over.append(_stop(candidate, reason, circuit, now, known.detail))
        elif ticket.admission is Admission.LATER:
            returning.append(_stop(candidate, AttemptReason.RAMPING, circuit, now, ticket.detail))
        elif ticket.admission is Admission.TRIAL:
            stops.append(_stop(candidate, AttemptReason.TRIAL, circuit, now))
        else:
            first = candidate is chain[0]
            stops.append(_stop(candidate, AttemptReason.FIRST if first else AttemptReason.FALLBACK, circuit, now))
    stops += returning
    if not stops:
        stops = passed_over or _last_resort(denied, circuits, now)
        asked = {stop.candidate.name for stop in stops}
        skips = [skip for skip in skips if skip.provider not in asked]
    return Plan(
        stops=tuple(stops),
        skips=tuple(skips),
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
        return Plan(stops=(), skips=(_no_key(candidate),), first=candidate.name)
    circuit = circuits.get(candidate.name, Circuit())
    return Plan(stops=(_stop(candidate, reason, circuit, now),), skips=(), first=candidate.name)


def _ordered(
    candidates: Mapping[str, Candidate], route: RoutePolicy, options: CallOptions, draws: Mapping[str, RandomDraws]
) -> list[Candidate]:
    members = route.members or tuple(
        Member(provider=c.name, priority=c.priority, weight=c.weight) for c in candidates.values()
    )
    known = [m for m in members if m.provider in candidates]
    # Weighted order within one priority: Efraimidis and Spirakis, draw ** (1 / weight), largest first.
    known.sort(key=lambda m: (m.priority, -(draws[m.provider].order ** (1 / max(1, m.weight))), m.provider))
    names = [m.provider for m in known]
    if options.primary is not None:
        names = [options.primary, *(n for n in names if n != options.primary)]
    if options.fallbacks is not None:
        names = [*names[:1], *options.fallbacks]
    return [candidates[n] for n in dict.fromkeys(names) if n in candidates]


PARAMETERS = {Capability.TOOLS: "tools", Capability.STREAM: "stream"}
"""Capability -> the request field that asks for it; the others come from the messages."""


def _unfit(candidate: Candidate, needs: Needs, options: CallOptions, now: datetime) -> Skip | None:
    """Why this provider cannot take this request, whatever its circuit says; None when it can."""
    name = candidate.name
    if name in options.without:
        return Skip(provider=name, reason=SkipReason.EXCLUDED, detail="left out by the caller")
    if name in options.barred:
        return Skip(provider=name, reason=SkipReason.NOT_ALLOWED, detail="the caller's key may not ask it")
    if not candidate.enabled:
        return Skip(provider=name, reason=SkipReason.DISABLED, detail="switched off by an operator")
    override = in_force(candidate.override, now)
    if override is not None and override.keeps_out:
        return override_skip(name, override)
    if not candidate.has_key:
        return _no_key(candidate)
    if missing := needs.capabilities - candidate.capabilities:
        detail = "cannot do: " + ", ".join(sorted(missing))
        parameter = next((PARAMETERS[lacking] for lacking in PARAMETERS if lacking in missing), "messages")
        return Skip(provider=name, reason=SkipReason.CAPABILITY, detail=detail, parameter=parameter)
    if candidate.context_window is not None and needs.input_tokens > candidate.context_window:
        detail = f"about {needs.input_tokens} tokens do not fit its window of {candidate.context_window}"
        return Skip(provider=name, reason=SkipReason.CONTEXT_WINDOW, detail=detail, parameter="messages")
    if needs.request is not None and (beyond := misfit(needs.request, candidate.limits)) is not None:
        return Skip(provider=name, reason=SkipReason.LIMIT, detail=beyond.detail, parameter=beyond.parameter)
    return None


def _no_key(candidate: Candidate) -> Skip:
    return Skip(provider=candidate.name, reason=SkipReason.NO_KEY, detail="no API key is configured")


def _refused_before(candidate: Candidate, circuit: Circuit, needs: Needs, now: datetime) -> Skip | None:
    """A skip when its vendor has refused the same part of another request, and nothing mends that."""
    request = needs.request
    if request is None or not circuit.refused:
        return None
    for refused in still_refused(circuit.refused, candidate.account, now):
        if refused.mend is Mend.NONE and holds(request, refused, input_tokens=needs.input_tokens):
            detail = f"refused the same {refused.part.replace('_', ' ')} within the last hour: {refused.words}"
            return Skip(provider=candidate.name, reason=SkipReason.REFUSED, detail=detail)
    return None


def _stop(candidate: Candidate, reason: AttemptReason, circuit: Circuit, now: datetime, detail: str = "") -> Stop:
    mended = tuple(
        refused for refused in still_refused(circuit.refused, candidate.account, now) if refused.mend is not Mend.NONE
    )
    return Stop(candidate=candidate, reason=reason, generation=circuit.generation, detail=detail, refused=mended)


def _last_resort(
    denied: list[tuple[Candidate, Admitted]], circuits: Mapping[str, Circuit], now: datetime
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
    return [_stop(nearest, AttemptReason.LAST_RESORT, circuits[nearest.name], now)]
