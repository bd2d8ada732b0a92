"""Whether a second provider is asked beside the first one, which stays silent: when, and at what price.

Hedging on the first token after Dean and Barroso, "The Tail at Scale" (Communications of the ACM 56/2, 2013): the
second request is sent once the first has waited for longer than its own 95th percentile, so few calls are doubled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from llm.core.calls import AttemptReason
from llm.core.capacity.snapshot import UNKNOWN, Capacities, size_class
from llm.core.chat.request import ChatRequest, ToolMode
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.policy import Failure, FallbackRule
from llm.core.failures.scope import Fate
from llm.core.routing.plan import Candidate, Plan, RoutePolicy

MIN_HEADROOM = 0.2
"""A provider that has used more than 80 % of a limit gets no second request, and its silence is no reason for one."""
MIN_SAMPLES = 20.0
"""Fewer samples tell no 95th percentile."""
MIN_AFTER_S = 0.1
"""An earlier second request would answer to this machine's own delays."""
LONGEST_TAIL = 1.5
"""Times its 90th percentile: where one in twenty answers is far too late, the 95th percentile is that delay itself."""
IN_LINE = frozenset({AttemptReason.FIRST, AttemptReason.FALLBACK})
"""Stops whose circuit is closed and takes all its calls."""


class NoHedge(StrEnum):
    """Why a call is not hedged."""

    ROUTE = "route"
    """The route does not ask for it."""
    TOOLS = "tools"
    """The request has tools, which may act: two models might both have them act."""
    ONE_FATE = "one_fate"
    """All others share the first one's account or upstream: what slows one down slows the other."""
    ALONE = "alone"
    """There is no second provider."""
    CIRCUIT = "circuit"
    """A circuit of the route is not closed, or its provider returns step by step."""
    UNKNOWN_LATENCY = "unknown_latency"
    """Too little is known of how long the first provider takes."""
    HEADROOM = "headroom"
    """One of the two has used more than 80 % of a limit."""
    UNPRICED = "unpriced"
    """A model without a known price: the cap could not be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """Billionths of a US dollar for one input and one output token."""

    input_nano: float
    output_nano: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        return input_tokens * self.input_nano + output_tokens * self.output_nano


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedge:
    """The second provider is asked when the first has been silent for `after_s` seconds.

    `cap`: the share that hedging may add to the route's spend. `expected_nano`: what a lost attempt costs, in
    billionths of a US dollar.
    """

    first: str
    second: str
    after_s: float
    cap: float
    expected_nano: int
    first_price: TokenPrice
    second_price: TokenPrice


def hedge_for(
    plan: Plan,
    request: ChatRequest,
    *,
    route: RoutePolicy,
    input_tokens: int,
    whole: int | None,
    capacities: Capacities,
    prices: Mapping[str, TokenPrice],
) -> Hedge | NoHedge:
    """The hedge of a call, or why there is none.

    `whole`: the output tokens of an answer that comes in one piece, whose first token nobody sees; None for a stream.
    """
    if route.hedge_cap is None:
        return NoHedge.ROUTE
    if request.tools and request.tool_choice.mode is not ToolMode.NONE:
        return NoHedge.TOOLS
    if plan.away or not all(stop.reason in IN_LINE for stop in plan.stops):
        return NoHedge.CIRCUIT
    if len(plan.stops) < 2:
        return NoHedge.ALONE
    rival = rival_of(plan)
    if rival is None:
        return NoHedge.ONE_FATE
    first, second = plan.stops[0].candidate.name, rival.name
    if not has_room(first, second, capacities):
        return NoHedge.HEADROOM
    after_s = _usual_silence_s(capacities, first, input_tokens, whole)
    if after_s is None:
        return NoHedge.UNKNOWN_LATENCY
    if first not in prices or second not in prices:
        return NoHedge.UNPRICED
    return Hedge(
        first=first,
        second=second,
        after_s=max(MIN_AFTER_S, after_s),
        cap=route.hedge_cap,
        expected_nano=ceil(input_tokens * max(prices[first].input_nano, prices[second].input_nano)),
        first_price=prices[first],
        second_price=prices[second],
    )


def rival_of(plan: Plan) -> Candidate | None:
    """Who would be asked beside the first: the next one that does not share its fate."""
    first, *others = [stop.candidate for stop in plan.stops]
    return next((other for other in others if not _share_fate(first.fate, other.fate)), None)


def _share_fate(one: Fate, other: Fate) -> bool:
    return bool((one.account and one.account == other.account) or (one.upstream and one.upstream == other.upstream))


def has_room(first: str, second: str, capacities: Capacities) -> bool:
    """Whether both providers have used at most 80 % of each limit."""
    return all(capacities.get(name, UNKNOWN).headroom >= MIN_HEADROOM for name in (first, second))


def is_well(circuit: Circuit) -> bool:
    """Whether a second request may go to the circuit's provider: closed, with all its traffic, at no limit."""
    return circuit.state is CircuitState.CLOSED and not circuit.ramping and circuit.throttled_until is None


def ends_the_call(failure: Failure, route: RoutePolicy) -> bool:
    """Whether a failure of one of two attempts decides for both: a refusal, where the route stops at refusals."""
    return failure.policy.fallback is FallbackRule.ROUTE and not route.next_on_refusal


def _usual_silence_s(capacities: Capacities, provider: str, input_tokens: int, whole: int | None) -> float | None:
    """Within so many seconds about 95 of 100 such requests are answered; None when too little is known."""
    capacity = capacities.get(provider, UNKNOWN)
    first_token = capacity.first_token.get(size_class(input_tokens))
    if first_token is None or first_token.weight < MIN_SAMPLES:
        return None
    usual_s = min(first_token.p95, LONGEST_TAIL * first_token.p90)
    if whole is None:
        return usual_s
    return None if capacity.per_token is None else usual_s + whole * capacity.per_token.p90
