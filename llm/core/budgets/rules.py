"""Limits and budgets as values, and which of them apply to a call.

Amounts are whole numbers of the rule's unit: billionths of a dollar, tokens, requests, or calls under way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from llm.core.budgets.window import Window

NANO = 1_000_000_000
"""Billionths in a dollar: costs are stored to the billionth."""


class Scope(StrEnum):
    """What a limit or budget is about."""

    ALL = "all"
    TEAM = "team"
    CONSUMER = "consumer"
    KEY = "key"
    TAG = "tag"
    ROUTE = "route"
    PROVIDER = "provider"


class Unit(StrEnum):
    """What is counted."""

    USD = "usd"
    TOKENS = "tokens"
    REQUESTS = "requests"
    AT_ONCE = "at_once"


class AtLimit(StrEnum):
    """What a call gets that a budget has no room for."""

    REFUSE = "refuse"
    ROUTE = "route"
    """It is moved to the budget's cheaper route, which this budget does not stop."""
    STATIC = "static"


class Unpriced(StrEnum):
    """What a dollar budget does with a provider whose model has no known price."""

    REFUSE = "refuse"
    BOUND = "bound"
    """It is charged the operator's own price a million tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is counted and bounded. A budget has an `id`; a limit makes up to three rules.

    `account` is the key of its sums. `cap` is the most of its unit in one window. `unpriced_nano` is what a million
    tokens of a model without a price are taken to cost. `soft` ones are counted and stop nothing.
    """

    account: str
    name: str
    scope: Scope
    target: str = ""
    unit: Unit
    cap: int
    window: Window
    is_budget: bool = False
    soft: bool = False
    at_limit: AtLimit = AtLimit.REFUSE
    cheaper_route: str = ""
    unpriced: Unpriced = Unpriced.REFUSE
    unpriced_nano: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom and what a call is about, as scopes see it. `providers`: those that may be asked, or were."""

    key_id: str = ""
    consumer: str = ""
    team: str = ""
    tags: tuple[str, ...] = ()
    route: str = ""
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, found by scope and target."""

    by_target: Mapping[tuple[Scope, str], Sequence[Rule]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_target)

    def applying(self, subject: Subject) -> list[Rule]:
        """The rules that apply to the subject, each once."""
        found: list[Rule] = []
        for target in _targets(subject):
            found += self.by_target.get(target, ())
        return found

    def all(self) -> list[Rule]:
        """Every rule."""
        return [rule for rules in self.by_target.values() for rule in rules]


def _targets(subject: Subject) -> Iterable[tuple[Scope, str]]:
    yield Scope.ALL, ""
    for scope, name in (
        (Scope.TEAM, subject.team),
        (Scope.CONSUMER, subject.consumer),
        (Scope.KEY, subject.key_id),
        (Scope.ROUTE, subject.route),
    ):
        if name:
            yield scope, name
    for tag in dict.fromkeys(subject.tags):
        yield Scope.TAG, tag
    for provider in dict.fromkeys(subject.providers):
        yield Scope.PROVIDER, provider


def indexed(rules: Iterable[Rule]) -> Rules:
    """The rules by scope and target."""
    by_target: dict[tuple[Scope, str], list[Rule]] = {}
    for rule in rules:
        by_target.setdefault((rule.scope, rule.target), []).append(rule)
    return Rules(by_target)
