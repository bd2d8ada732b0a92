"""The order in which a call's providers are considered: the route's strategy, then what the caller asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from llm.core.calls import CallOptions
from llm.core.capacity.snapshot import UNKNOWN, Capacities
from llm.core.routing.candidate import Candidate, Member, RandomDraws, RoutePolicy
from llm.core.routing.dialogue import IDLE_S, Dialogue, hashed_draws
from llm.core.routing.needs import Needs
from llm.core.routing.strategies.asked import asked_of, reads_are_cheaper
from llm.core.routing.strategies.ranking import Ranking, by_priority, rank
from llm.core.routing.strategies.strategy import Strategy
from llm.core.routing.strategies.wording import choice_in_words, move_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The candidates in order, and what the strategy made of them; None for `priority`.

    `choice` has all scores in words; "" for `priority`. `home`: the provider that a dialogue would stay with, were it
    well; "" for calls that need not stay.
    """

    chain: tuple[Candidate, ...]
    strategy: Strategy = Strategy.PRIORITY
    ranking: Ranking | None = None
    choice: str = ""
    dialogue: Dialogue | None = None
    home: str = ""
    capacities: Capacities = field(default_factory=dict)

    def move_to(self, name: str) -> str:
        """What it costs that the dialogue leaves its home for `name`, in words; "" when nothing is left behind."""
        return move_in_words(self.dialogue, self.home, name, self.capacities) if self.dialogue is not None else ""


def order_of(
    candidates: Mapping[str, Candidate],
    route: RoutePolicy,
    needs: Needs,
    options: CallOptions,
    draws: Mapping[str, RandomDraws],
    capacities: Capacities,
    dialogue: Dialogue | None,
) -> Order:
    """All providers of the route in its order, whatever their state. A caller's own order has no strategy."""
    members = members_of(candidates, route)
    if dialogue is not None:
        draws = hashed_draws(dialogue, (member.provider for member in members), draws)
    if route.strategy is Strategy.PRIORITY:
        names = by_priority(members, draws)
        if dialogue is None:
            return Order(chain=_as_asked(names, candidates, options))
        home = _home(dialogue, next(iter(names), ""), candidates, options)
        return Order(chain=_as_asked(names, candidates, options), dialogue=dialogue, home=home, capacities=capacities)
    ranking = rank(
        members,
        strategy=route.strategy,
        weights=route.weights,
        capacities=capacities,
        asked=asked_of(needs, keeps=dialogue is not None and _should_keep(dialogue, members, capacities)),
        draws=draws,
    )
    return Order(
        chain=_as_asked(ranking.names, candidates, options),
        strategy=route.strategy,
        ranking=ranking,
        choice=choice_in_words(route.strategy, ranking),
        dialogue=dialogue,
        home=_home(dialogue, ranking.home, candidates, options),
        capacities=capacities,
    )


def members_of(candidates: Mapping[str, Candidate], route: RoutePolicy) -> list[Member]:
    """The route's members that are configured; without own ones all providers."""
    members = route.members or tuple(
        Member(provider=c.name, priority=c.priority, weight=c.weight) for c in candidates.values()
    )
    return [member for member in members if member.provider in candidates]


def _should_keep(dialogue: Dialogue, members: Iterable[Member], capacities: Capacities) -> bool:
    """Whether to choose for the whole dialogue: not after a pause in which caches forget, nor where none is cheaper."""
    if dialogue.idle_s is not None and dialogue.idle_s > IDLE_S:
        return False
    return any(reads_are_cheaper(capacities.get(member.provider, UNKNOWN)) for member in members)


def _home(dialogue: Dialogue | None, first: str, candidates: Mapping[str, Candidate], options: CallOptions) -> str:
    """Where the dialogue's prefix is cached: at who answered last, as far as is known, else at `first`."""
    if dialogue is None or options.primary is not None:
        return ""
    return dialogue.last if dialogue.last in candidates else first


def _as_asked(names: Iterable[str], candidates: Mapping[str, Candidate], options: CallOptions) -> tuple[Candidate, ...]:
    ordered = list(names)
    if options.primary is not None:
        ordered = [options.primary, *(n for n in ordered if n != options.primary)]
    if options.fallbacks is not None:
        ordered = [*ordered[:1], *options.fallbacks]
    return tuple(candidates[n] for n in dict.fromkeys(ordered) if n in candidates)
