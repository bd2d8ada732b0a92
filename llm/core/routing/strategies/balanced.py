"""Balanced: a mean of four parts, each from 0 (worst) to 1 (best), weighted as the route says."""

from collections.abc import Mapping, Sequence

from llm.core.capacity.snapshot import Capacity
from llm.core.routing.candidate import Member
from llm.core.routing.strategies.asked import Asked, Room, first_token_s, price, reads_are_cheaper
from llm.core.routing.strategies.strategy import Weights

NEAR = 0.05
"""Providers whose score is so near the best one share the calls: measurements are no finer."""
NEAR_FOR_DIALOGUES = 0.2
"""The same for dialogues that would leave a cached prefix."""


def scores(
    members: Sequence[Member],
    capacities: Mapping[str, Capacity],
    rooms: Mapping[str, Room],
    asked: Asked,
    weights: Weights,
) -> dict[str, float | None]:
    """The score of each member, from 0 to 1.

    Capacity is the share left of limits and slots. Cost and latency are the least one's relative to its own; an unknown
    price counts 0, an unknown latency 1. Priority falls by equal steps from the first to the last.
    """
    by_cost, by_latency, by_capacity, by_priority = weights.cost, weights.latency, weights.capacity, weights.priority
    total = weights.total or 1.0
    steps = sorted({member.priority for member in members}) if by_priority else []
    prices = [price(capacities[member.provider], asked) for member in members]
    seconds = [first_token_s(capacities[member.provider], asked) for member in members]
    cheapest = min([usd for usd in prices if usd is not None], default=0.0)
    soonest = min([time for time in seconds if time is not None], default=0.0)
    found: dict[str, float | None] = {}
    for member, usd, time in zip(members, prices, seconds, strict=True):
        cost = 0.0 if usd is None else cheapest / usd if usd > 0 else 1.0
        name = member.provider
        score = by_cost * cost + by_latency * (soonest / time if time else 1.0)
        (left, most, _), capacity = rooms[name], capacities[name]
        part = left / most if left is not None and most else 1.0
        if capacity.concurrency and (free := 1.0 - capacity.in_flight / capacity.concurrency) < part:
            part = free
        score += by_capacity * (0.0 if part < 0 else 1.0 if part > 1 else part)
        if by_priority:
            score += by_priority * (1.0 - steps.index(member.priority) / len(steps))
        found[name] = score / total
    return found


def order(
    drawn: Sequence[str], found: Mapping[str, float | None], capacities: Mapping[str, Capacity], *, keeps: bool
) -> list[str]:
    """The best first; those near it in the order of `drawn`, the others by score."""
    best = max([score for score in found.values() if score is not None], default=0.0)

    def below(name: str) -> float:
        gap = best - (found[name] or 0.0)
        near = NEAR_FOR_DIALOGUES if keeps and reads_are_cheaper(capacities[name]) else NEAR
        return 0.0 if gap <= near else gap

    return sorted(drawn, key=below)
