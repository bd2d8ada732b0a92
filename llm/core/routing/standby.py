"""Standby providers: members of a route that take calls only while the others have little left.

One joins when the headroom of all others has been under the route's threshold for `LOW_S`, in the steps of a return
after an outage, and leaves after `QUIET_S` in which it was not, or when its spending of the day has reached its cap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from llm.core.capacity.snapshot import UNKNOWN, Capacities
from llm.core.circuit.state import DEFAULT_POLICY, Admission, Circuit, CircuitPolicy, admit
from llm.core.routing.plan import Candidate, Member, RandomDraws, RoutePolicy

LOW_S = 120.0
"""The others must have had little left for so long."""
QUIET_S = 900.0
"""After so long without need a standby provider leaves."""
BLIND_S = 60.0
"""A time that was not looked at for so long counts neither as low nor as quiet."""


class Reason(StrEnum):
    """Why a standby provider joined or left."""

    LOW = "standby_low"
    QUIET = "standby_quiet"
    CAP = "standby_cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """The state of one standby provider in one route. Times are aware UTC. `joined_at`: None while it stands by.

    `since`: since when the others have had little left, or, once it has joined, enough. `looked_at`: the last look.
    """

    joined_at: datetime | None = None
    since: datetime | None = None
    looked_at: datetime | None = None


def after_look(
    standby: Standby, *, room: float, below: float, spent_usd: Decimal, cap_usd: Decimal | None, now: datetime
) -> tuple[Standby, Reason | None]:
    """The state after one look, and why it joined or left; None when it did neither.

    `room` and `below` are shares from 0 to 1: what the others have left, and the route's threshold.
    """
    has_joined, is_low = standby.joined_at is not None, room < below
    is_spent = cap_usd is not None and spent_usd >= cap_usd
    if has_joined and is_spent:
        return Standby(looked_at=now), Reason.CAP
    counts = is_low and not is_spent if not has_joined else not is_low
    if not counts:
        return replace(standby, since=None, looked_at=now), None
    was_blind = standby.looked_at is None or now - standby.looked_at > timedelta(seconds=BLIND_S)
    since = now if standby.since is None or was_blind else standby.since
    if now - since < timedelta(seconds=QUIET_S if has_joined else LOW_S):
        return replace(standby, since=since, looked_at=now), None
    if has_joined:
        return Standby(looked_at=now), Reason.QUIET
    return Standby(joined_at=now, looked_at=now), Reason.LOW


def room_of_others(
    members: Sequence[Member],
    candidates: Mapping[str, Candidate],
    circuits: Mapping[str, Circuit],
    capacities: Capacities,
    now: datetime,
) -> float:
    """The largest headroom of the route's other members, from 0 to 1; one that takes no calls has none."""
    shares = [0.0]
    for member in members:
        candidate = candidates.get(member.provider)
        if member.standby or candidate is None or not (candidate.enabled and candidate.has_key):
            continue
        if admit(circuits.get(member.provider, Circuit()), now, 0.0).admission is Admission.ALLOW:
            shares.append(capacities.get(member.provider, UNKNOWN).headroom)
    return max(shares)


def share_of(joined_at: datetime, now: datetime, policy: CircuitPolicy = DEFAULT_POLICY) -> float:
    """The share of calls, 0 to 1, that a provider takes after it has joined: 10, 25, 50, then 100 %."""
    step = int((now - joined_at).total_seconds() // policy.ramp_step_s)
    return policy.ramp[max(0, step)] if step < len(policy.ramp) else 1.0


def present(route: RoutePolicy, draws: Mapping[str, RandomDraws], now: datetime) -> RoutePolicy:
    """The route with the members of this call: without those that stand by, or whose share leaves it to others."""
    if not any(member.standby for member in route.members):
        return route
    members = tuple(
        member
        for member in route.members
        if not member.standby
        or (member.joined_at is not None and draws[member.provider].ramp < share_of(member.joined_at, now))
    )
    return replace(route, members=members)
