"""Who is asked, in which order, and who is not and why: one plan a call, made before anything is called.

Health filters, the route orders, capabilities limit; none of the three knows the others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from llm.core.calls import CallOptions, Skip
from llm.core.chat.request import Capability, ChatRequest, Image, Part, Text, Thinking, ToolCall, ToolResult
from llm.core.circuit.override import Override, in_force
from llm.core.circuit.override import skip as kept_out
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
from llm.core.failures.policy import ErrorClass, Failure


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
    context_window: int = 128_000
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
    """Whether a stream is held back until it is whole, so that one that breaks is told anew by the next provider."""


class Entry(StrEnum):
    """On what ground a stop stands in the plan."""

    NORMAL = "normal"
    HELD = "held"
    """Forced closed by an operator: past the circuit, else like any call."""
    TRIAL = "trial"
    LAST_RESORT = "last_resort"
    FORCED = "forced"
    """A test: past the circuit."""
    PROBE = "probe"
    """A scheduled probe: past the circuit, if it gets the lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One provider that will be asked. `generation` is the circuit's at the time of planning."""

    candidate: Candidate
    entry: Entry
    generation: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`retry_at` is the earliest time at which any of the skipped may be well again."""

    stops: tuple[Stop, ...]
    skips: tuple[Skip, ...]
    retry_at: datetime | None = None
    away: tuple[Candidate, ...] = ()
    """Who could take the request, were it not for their health."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomDraws:
    """Two numbers in [0, 1) per provider: one for the weighted order, one for the stepwise return."""

    order: float
    ramp: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the request asks of a provider. `input_tokens` is an estimate."""

    capabilities: frozenset[Capability]
    input_tokens: int


CHARS_PER_TOKEN = 5.0
"""More than French (3.5) or English (4.5) have. To think a request too short costs one refused call; to think
it too long would pass over somebody who can answer."""
TOKENS_PER_IMAGE = 1600
"""Anthropic's vision page gives 1,568 tokens as the most that an image is scaled down to."""


def needs_of(request: ChatRequest, *, stream: bool) -> Needs:
    """What a provider must be able to do for this request.

    A form of the answer is not among it: who lacks it is asked in words, and the answer is judged.
    """
    needed: set[Capability] = {Capability.STREAM} if stream else set()
    images = sum(isinstance(part, Image) for m in request.messages for part in m.parts)
    if images:
        needed.add(Capability.IMAGES)
    if request.tools:
        needed.add(Capability.TOOLS)
    said = sum(_characters(part) for m in request.messages for part in m.parts)
    characters = said + sum(len(t.parameters) for t in request.tools) + len(request.output.schema or "")
    tokens = int(characters / CHARS_PER_TOKEN) + images * TOKENS_PER_IMAGE
    return Needs(capabilities=frozenset(needed), input_tokens=tokens)


def _characters(part: Part) -> int:
    match part:
        case Text(text=text) | Thinking(text=text) | ToolCall(arguments=text) | ToolResult(content=text):
            return len(text)
        case Image():
            return 0


def make_plan(
    candidates: Mapping[str, Candidate],
    circuit: Mapping[str, Circuit],
    needs: Needs,
    *,
    route: RoutePolicy,
    options: CallOptions,
    now: datetime,
    draws: Mapping[str, RandomDraws],
    policy: CircuitPolicy = DEFAULT_POLICY,
) -> Plan:
    """The stops in order, and the skips with their reasons.

    When every circuit is open, the one nearest to recovery gets one last try; but not one that the
    vendor itself closed to us (no credit, bad key, a stated Retry-After): asking again is vain there.
    """
    if options.only is not None:
        return _forced(candidates[options.only], circuit, Entry.PROBE if options.leased else Entry.FORCED)
    chain = _ordered(candidates, route, options, draws)
    now_stops: list[Stop] = []
    later: list[Stop] = []
    skips: list[Skip] = []
    denied: list[tuple[Candidate, Admitted]] = []
    for candidate in chain:
        unfit = _unfit(candidate, needs, options, now)
        if unfit is not None:
            skips.append(unfit)
            continue
        state = circuit.get(candidate.name, Circuit())
        held = in_force(candidate.override, now)
        ticket = HELD if held else admit(state, now, draws[candidate.name].ramp, policy)
        if ticket.admission is Admission.DENY:
            skips.append(_skip(candidate, ticket))
            denied.append((candidate, ticket))
        elif ticket.admission is Admission.LATER:
            later.append(_stop(candidate, Entry.NORMAL, state, ticket.detail))
        elif ticket.admission is Admission.TRIAL:
            now_stops.append(_stop(candidate, Entry.TRIAL, state, "half-open trial"))
        else:
            now_stops.append(_allowed(candidate, held, state, first=not (now_stops or skips)))
    stops = now_stops + later
    if not stops:
        stops = _last_resort(denied, circuit)
        taken = {stop.candidate.name for stop in stops}
        skips = [skip for skip in skips if skip.provider not in taken]
    return Plan(
        stops=tuple(stops),
        skips=tuple(skips),
        retry_at=min((s.until for s in skips if s.until), default=None),
        away=tuple(candidate for candidate, _ in denied),
    )


HELD = Admitted(admission=Admission.ALLOW)
"""What an operator who forces a circuit closed says in its place."""


def _allowed(candidate: Candidate, held: Override | None, state: Circuit, *, first: bool) -> Stop:
    if held is not None:
        return _stop(candidate, Entry.HELD, state, held.sentence)
    return _stop(candidate, Entry.NORMAL, state, "first in line" if first else "next in line")


def _forced(candidate: Candidate, circuit: Mapping[str, Circuit], entry: Entry) -> Plan:
    state = circuit.get(candidate.name, Circuit())
    if not candidate.has_key:
        return Plan(stops=(), skips=(_no_key(candidate),))
    return Plan(stops=(_stop(candidate, entry, state, "asked past its circuit"),), skips=())


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


def _unfit(candidate: Candidate, needs: Needs, options: CallOptions, now: datetime) -> Skip | None:
    if candidate.name in options.without:
        return Skip(provider=candidate.name, reason="excluded", detail="left out by the caller")
    if not candidate.enabled:
        return Skip(provider=candidate.name, reason="disabled", detail="switched off by an operator")
    held = in_force(candidate.override, now)
    if held is not None and held.keeps_out:
        return kept_out(candidate.name, held)
    if not candidate.has_key:
        return _no_key(candidate)
    if missing := needs.capabilities - candidate.capabilities:
        return Skip(provider=candidate.name, reason="capability", detail="cannot do: " + ", ".join(sorted(missing)))
    if needs.input_tokens > candidate.context_window:
        detail = f"about {needs.input_tokens} tokens do not fit its window of {candidate.context_window}"
        return Skip(provider=candidate.name, reason="context_window", detail=detail)
    return None


MISFITS = frozenset({"capability", "context_window"})
FOR_GOOD = MISFITS | {"disabled", "no_key", "excluded"}
"""Reasons that no waiting changes. An operator's override has a skip of its own, with its end."""
PARAMETERS = {Capability.TOOLS: "tools", Capability.STREAM: "stream"}


def nobody_fits(skips: Iterable[Skip]) -> Failure | None:
    """Why the request is at fault when no provider, however well, could take it; None when one may later."""
    skips = tuple(skips)
    misfits = [skip for skip in skips if skip.reason in MISFITS]
    if not misfits or any(skip.until is not None or skip.reason not in FOR_GOOD for skip in skips):
        return None
    told = "; ".join(f"{skip.provider}: {skip.detail}" for skip in misfits)
    too_long = all(skip.reason == "context_window" for skip in misfits)
    parameter = next((name for lacking, name in PARAMETERS.items() if lacking in misfits[0].detail), "messages")
    return Failure(
        error_class=ErrorClass.CONTEXT_LENGTH if too_long else ErrorClass.INVALID_REQUEST,
        message=f"No provider here can take this request ({told}).",
        parameter=parameter,
    )


def _no_key(candidate: Candidate) -> Skip:
    return Skip(provider=candidate.name, reason="no_key", detail="no API key is configured")


def _skip(candidate: Candidate, ticket: Admitted) -> Skip:
    return Skip(provider=candidate.name, reason=ticket.reason, detail=ticket.detail, until=ticket.until)


def _stop(candidate: Candidate, entry: Entry, state: Circuit, why: str) -> Stop:
    return Stop(candidate=candidate, entry=entry, generation=state.generation, why=why)


def _last_resort(denied: list[tuple[Candidate, Admitted]], circuit: Mapping[str, Circuit]) -> list[Stop]:
    hopeful = [
        (ticket.until, place, candidate)
        for place, (candidate, ticket) in enumerate(denied)
        if (state := circuit[candidate.name]).state is not CircuitState.CLOSED
        and state.reason not in BLOCKS
        and ticket.reason != "rate_limited"
        and ticket.until is not None
    ]
    if not hopeful:
        return []
    _, _, nearest = min(hopeful)
    return [_stop(nearest, Entry.LAST_RESORT, circuit[nearest.name], "last resort: every circuit is open")]
