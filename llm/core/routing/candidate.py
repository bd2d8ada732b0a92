"""Providers and routes as planning sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from llm.core.chat.request import Capability
from llm.core.circuit.override import Override
from llm.core.failures.scope import Fate
from llm.core.routing.limits import NO_LIMITS, RequestLimits
from llm.core.routing.strategies.strategy import EVEN, Strategy, Weights


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
    fate: Fate = Fate()
    override: Override | None = None
    """The operator's last word, which may be over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A provider's place in a route."""

    provider: str
    priority: int
    weight: int = 1
    standby: bool = False
    """Whether it takes calls only while the others have little left: since `joined_at`, None while it stands by."""
    joined_at: datetime | None = None


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
    hedge_cap: float | None = None
    """Hedging may add this share to what the route's calls cost: 0.02 is 2 %. None: calls are not hedged."""
    strategy: Strategy = Strategy.PRIORITY
    weights: Weights = EVEN
    """Those of the balanced strategy."""
    sticky: bool = False
    """Whether a dialogue stays with the provider that has its beginning cached."""

    @property
    def weighs(self) -> bool:
        """Whether its order depends on capacities."""
        return self.sticky or self.strategy is not Strategy.PRIORITY


class RandomDraws(NamedTuple):
    """Two numbers in [0, 1) per provider: one for the weighted order, one for the stepwise return."""

    order: float
    ramp: float
