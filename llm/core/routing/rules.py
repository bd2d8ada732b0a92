"""Rules that choose a route by what a request is: the use case that it belongs to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What rules look at. `route` is the one that was asked for, `input_tokens` an estimate.

    `endpoint`: chat, messages, suggestions or conversations; for calls of code the caller's origin. `hour`: hours since
    midnight with a fraction, in the operator's time zone.
    """

    route: str = "default"
    endpoint: str = ""
    consumer: str = ""
    team: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    input_tokens: int = 0
    tools: bool = False
    images: bool = False
    hour: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """Calls that ask `asked_route` and fulfil all conditions take `route`. An empty list and None ask nothing.

    Lists hold patterns with * and ?, of which one must fit; of `tags` one tag must. Sizes are tokens, `max_tokens`
    included. `from_hour` included to `to_hour` excluded, which may be past midnight.
    """

    name: str
    route: str
    asked_route: str = "default"
    endpoints: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    min_tokens: int | None = None
    max_tokens: int | None = None
    tools: bool | None = None
    images: bool | None = None
    from_hour: int | None = None
    to_hour: int | None = None


class Miss(StrEnum):
    """The first condition of a rule that a request does not fulfil."""

    ROUTE = "route"
    ENDPOINT = "endpoint"
    CONSUMER = "consumer"
    TEAM = "team"
    TAG = "tag"
    LANGUAGE = "language"
    SIZE = "size"
    TOOLS = "tools"
    IMAGES = "images"
    HOUR = "hour"
    RIGHTS = "rights"
    """The caller's key may not ask the rule's route."""
    LATER = "later"
    """An earlier rule has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen route, and why: the rule's name, None when none fits. `misses`: the other rules in order."""

    route: str
    rule: str | None = None
    misses: tuple[tuple[str, Miss], ...] = ()


def choose(rules: Sequence[RouteRule], request: Request, may_ask: Callable[[str], bool] = lambda _: True) -> Choice:
    """The route of the first rule that fits, in the order of `rules`; the one that was asked for when none does."""
    misses: list[tuple[str, Miss]] = []
    found: RouteRule | None = None
    for rule in rules:
        miss = Miss.LATER if found is not None else first_miss(rule, request)
        if miss is None and not may_ask(rule.route):
            miss = Miss.RIGHTS
        if miss is None:
            found = rule
        else:
            misses.append((rule.name, miss))
    if found is None:
        return Choice(route=request.route, misses=tuple(misses))
    return Choice(route=found.route, rule=found.name, misses=tuple(misses))


def first_miss(rule: RouteRule, request: Request) -> Miss | None:
    """The first condition that the request does not fulfil; None when the rule fits."""
    conditions = (
        (Miss.ROUTE, rule.asked_route == request.route),
        (Miss.ENDPOINT, _fits(rule.endpoints, request.endpoint)),
        (Miss.CONSUMER, _fits(rule.consumers, request.consumer)),
        (Miss.TEAM, _fits(rule.teams, request.team)),
        (Miss.TAG, not rule.tags or any(_fits(rule.tags, tag) for tag in request.tags)),
        (Miss.LANGUAGE, _fits(rule.languages, request.language)),
        (Miss.SIZE, (rule.min_tokens or 0) <= request.input_tokens),
        (Miss.SIZE, rule.max_tokens is None or request.input_tokens <= rule.max_tokens),
        (Miss.TOOLS, rule.tools in (None, request.tools)),
        (Miss.IMAGES, rule.images in (None, request.images)),
        (Miss.HOUR, _within(rule.from_hour, rule.to_hour, request.hour)),
    )
    return next((miss for miss, holds in conditions if not holds), None)


def _fits(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


def _within(start: int | None, end: int | None, hour: float) -> bool:
    if start is None or end is None:
        return True
    return start <= hour < end if start < end else hour >= start or hour < end
