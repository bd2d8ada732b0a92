"""Which route a described request would take, and why."""

from dataclasses import dataclass

from llm.core.routing.plan import RoutePolicy
from llm.core.routing.rules import Choice, Miss, Request, choose
from llm.stores.config.snapshot import config_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The choice, and what the chosen route does. `providers`: its own order, or that of all providers."""

    choice: Choice
    deadline_s: float
    providers: tuple[str, ...]
    static_languages: tuple[str, ...]
    """The languages in which the route has a static text of its own."""


def explain(request: Request) -> Explained:
    """By the rules as they are now. Blocks on the database; sends nothing to a vendor."""
    config = config_store.current_sync()
    choice = choose(config.route_rules, request)
    route = config.routes.get(choice.route) or RoutePolicy(name=choice.route)
    members = sorted(route.members, key=lambda member: (member.priority, member.provider))
    return Explained(
        choice=choice,
        deadline_s=route.deadline_s,
        providers=tuple(member.provider for member in members) or tuple(config.default_order),
        static_languages=tuple(sorted(language for name, language in config.texts if name == choice.route)),
    )


MISSED = {
    Miss.ROUTE: "is for calls that ask another route",
    Miss.ENDPOINT: "is for another endpoint",
    Miss.CONSUMER: "is for other consumers",
    Miss.TEAM: "is for other teams",
    Miss.TAG: "needs another tag",
    Miss.LANGUAGE: "is for another language",
    Miss.SIZE: "is for another size",
    Miss.TOOLS: "differs on tools",
    Miss.IMAGES: "differs on images",
    Miss.HOUR: "is for other hours",
    Miss.RIGHTS: "leads to a route that the key may not ask",
    Miss.LATER: "comes after the rule that decided",
}
"""For people: what a rule that was passed over asks."""
