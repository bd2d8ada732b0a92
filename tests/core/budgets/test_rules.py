"""Which rules apply to a call, and what it may cost at most."""

import pytest

from llm.core.budgets.rules import Rule, Scope, Subject, Unit, indexed
from llm.core.budgets.window import Span, Window
from llm.core.budgets.worst_case import Offer, Rates, input_bound, worst_cost, worst_tokens


def _rule(scope: Scope, target: str = "") -> Rule:
    window = Window(span=Span.TOTAL)
    name = f"{scope}:{target}"
    return Rule(account=name, name=name, scope=scope, target=target, unit=Unit.USD, cap=1, window=window)


SUBJECT = Subject(
    key_id="k", consumer="shop", team="sales", tags=("night", "night"), route="default", providers=("claude",)
)


@pytest.mark.parametrize(
    ("scope", "target", "applies"),
    [
        (Scope.ALL, "", True),
        (Scope.KEY, "k", True),
        (Scope.CONSUMER, "shop", True),
        (Scope.TEAM, "sales", True),
        (Scope.TAG, "night", True),
        (Scope.ROUTE, "default", True),
        (Scope.PROVIDER, "claude", True),
        (Scope.PROVIDER, "openai", False),
        (Scope.KEY, "shop", False),
        (Scope.TEAM, "", False),
    ],
)
def test_which_rules_apply(scope: Scope, target: str, applies: bool) -> None:
    assert len(indexed([_rule(scope, target)]).applying(SUBJECT)) == applies


def test_a_call_without_identity_is_under_the_rules_for_all() -> None:
    rules = indexed([_rule(Scope.ALL), _rule(Scope.TEAM, "")])
    assert [rule.scope for rule in rules.applying(Subject())] == [Scope.ALL]


CHEAP = Offer(provider="cheap", output_tokens=1000, rates=Rates(input_nano=100, output_nano=400))
DEAR = Offer(provider="dear", output_tokens=100, rates=Rates(input_nano=3000, output_nano=15_000))
FREE = Offer(provider="free", output_tokens=5000, rates=Rates(input_nano=0, output_nano=0))
UNKNOWN = Offer(provider="unknown", output_tokens=100, rates=None)


@pytest.mark.parametrize(
    ("offers", "cost", "tokens"),
    [
        ([CHEAP], 500 * 100 + 1000 * 400, 1500),
        ([CHEAP, DEAR], 500 * 3000 + 100 * 15_000, 1500),
        ([FREE], 0, 5500),
        ([UNKNOWN], 6_000, 600),
        ([], 0, 0),
    ],
)
def test_the_worst_case_is_that_of_the_dearest(offers: list[Offer], cost: int, tokens: int) -> None:
    assert worst_cost(offers, 500, unpriced_nano=10_000_000) == cost
    assert worst_tokens(offers, 500) == tokens


def test_input_is_bounded_by_short_tokens() -> None:
    assert input_bound(300, counted_with=5.0) == 500
