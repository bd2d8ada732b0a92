"""Reads limits and budgets as rules."""

from decimal import Decimal

from llm.core.budgets.rules import NANO, AtLimit, Rule, Rules, Scope, Unit, Unpriced, indexed
from llm.core.budgets.window import Span, Window
from llm.models import Budget, Limit

MINUTE = Window(span=Span.ROLLING, rolling_s=60)
ALWAYS = Window(span=Span.TOTAL)


def read_rules() -> Rules:
    """The enabled limits and budgets. Two queries."""
    rules = [rule for row in Limit.objects.filter(enabled=True) for rule in rules_of(row)]
    return indexed([*rules, *(rule_of(row) for row in Budget.objects.filter(enabled=True))])


def rules_of(row: Limit) -> list[Rule]:
    """A limit's rules, one for each of its units."""
    caps = (
        (Unit.REQUESTS, row.requests_per_minute, MINUTE),
        (Unit.TOKENS, row.tokens_per_minute, MINUTE),
        (Unit.AT_ONCE, row.at_once, ALWAYS),
    )
    return [
        Rule(
            account=f"limit:{row.pk}:{unit}",
            name=row.name,
            scope=Scope(row.scope),
            target=row.target,
            unit=unit,
            cap=cap,
            window=window,
        )
        for unit, cap, window in caps
        if cap
    ]


def rule_of(row: Budget) -> Rule:
    """A budget as a rule."""
    in_dollars = row.usd is not None
    return Rule(
        account=f"budget:{row.pk}",
        name=row.name,
        scope=Scope(row.scope),
        target=row.target,
        unit=Unit.USD if in_dollars else Unit.TOKENS,
        cap=nano(row.usd) if row.usd is not None else row.tokens or 0,
        window=Window(span=Span(row.span), zone=row.zone, rolling_s=3600 * (row.rolling_hours or 1)),
        is_budget=True,
        soft=row.soft,
        at_limit=AtLimit(row.at_limit),
        cheaper_route=row.cheaper_route,
        unpriced=Unpriced(row.unpriced),
        unpriced_nano=nano(row.unpriced_usd or Decimal(0)),
    )


def nano(usd: Decimal) -> int:
    """Dollars as billionths."""
    return int(Decimal(usd) * NANO)
