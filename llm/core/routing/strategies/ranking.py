"""The order of a route's providers by its strategy, and the scores behind it.

Hard rules are not here: `make_plan` goes along this order and skips providers that may not be asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llm.core.capacity.snapshot import UNKNOWN, Capacities, Capacity
from llm.core.routing.candidate import Member, RandomDraws
from llm.core.routing.strategies import balanced, latency
from llm.core.routing.strategies.asked import Asked, Room, first_token_s, price, room_of
from llm.core.routing.strategies.strategy import Strategy, Weights

NEAR_ITS_END = 0.3
"""The part of a limit below which its provider's share shrinks, down to nothing at its end."""

Scores = dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Names in order; the full ones come last. Scores by name, in the strategy's own unit; None is unknown.

    Units: weighted has weights, capacity the calls that its limits still take, cost US dollars of this call, latency
    seconds, balanced a mean from 0 to 1. `home` would be first if it were not full.
    """

    names: tuple[str, ...]
    scores: Mapping[str, float | None]
    full: frozenset[str] = frozenset()
    home: str = ""


def by_priority(members: Sequence[Member], draws: Mapping[str, RandomDraws]) -> list[str]:
    """The names in the route's order. Within one priority by weighted draws: Efraimidis and Spirakis 2006."""
    ordered = sorted(
        members, key=lambda m: (m.priority, -(draws[m.provider].order ** (1 / max(1, m.weight))), m.provider)
    )
    return [member.provider for member in ordered]


def rank(
    members: Sequence[Member],
    *,
    strategy: Strategy,
    weights: Weights,
    capacities: Capacities,
    asked: Asked,
    draws: Mapping[str, RandomDraws],
) -> Ranking:
    """The order by any strategy but `priority`, which has no scores. Each member needs its draws."""
    known = {member.provider: capacities.get(member.provider, UNKNOWN) for member in members}
    rooms = {name: room_of(capacity, asked) for name, capacity in known.items()}
    shares = {member.provider: float(member.weight) for member in members}
    if strategy is Strategy.CAPACITY:
        shares = _shares_of_room(known, rooms, keeps=asked.keeps)
    drawn = _drawn(shares, draws)
    scores: Scores = {}
    match strategy:
        case Strategy.CAPACITY:
            names, scores = drawn, {name: room.left for name, room in rooms.items()}
        case Strategy.COST:
            scores = {name: price(capacity, asked) for name, capacity in known.items()}
            names = sorted(drawn, key=lambda name: float("inf") if (usd := scores[name]) is None else usd)
        case Strategy.LATENCY:
            scores = {name: first_token_s(capacity, asked) for name, capacity in known.items()}
            names = latency.order(drawn, scores, known, draws, asked)
        case Strategy.BALANCED:
            scores = balanced.scores(members, known, rooms, asked, weights)
            names = balanced.order(drawn, scores, known, keeps=asked.keeps)
        case _:
            names, scores = drawn, dict(shares)
    full = frozenset([name for name, room in rooms.items() if room.is_full])
    home = names[0] if names else ""
    if full:
        is_cost = strategy is Strategy.COST
        names = sorted(names, key=lambda name: (is_cost and scores[name] is None, name in full))
    return Ranking(names=tuple(names), scores=scores, full=full, home=home)


def _drawn(shares: Mapping[str, float], draws: Mapping[str, RandomDraws]) -> list[str]:
    """The names in an order drawn by shares: each is first with the probability of its share."""
    places = [(-(draws[name].order ** (1 / share)) if share > 0 else 1.0, name) for name, share in shares.items()]
    places.sort()
    return [name for _, name in places]


def _shares_of_room(known: Mapping[str, Capacity], rooms: Mapping[str, Room], *, keeps: bool) -> dict[str, float]:
    """Shares by limits, less for busy ones and for those that are nearly used up.

    What is left is comparable only near its end: a limit that comes back all the time stays full until it is overused,
    one of a rolling minute shrinks with each call. Dialogues go by the limits alone, so that they need not move. A
    provider without a known limit counts like the largest one.
    """
    largest = max([room.most for room in rooms.values() if room.most is not None], default=1.0)
    shares = {}
    for name, (left, most, _) in rooms.items():
        share = largest if most is None else most
        if not keeps:
            if left is not None and most:
                share *= min(1.0, max(0.0, left) / (NEAR_ITS_END * most))
            if concurrency := known[name].concurrency:
                share *= max(0.0, 1.0 - known[name].in_flight / concurrency)
        shares[name] = share
    return shares
