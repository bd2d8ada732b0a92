"""Conditions of money: wallets, spending rules, reconciliations and consumers' budgets."""

from llm.alerts.conditions.facts import (
    REFILL_AT,
    BooksNow,
    BudgetNow,
    SpendingNow,
    WalletNow,
)
from llm.alerts.decide import Condition, Details, Subject
from llm.alerts.events import Event, Topic
from llm.core.reconcile.compare import TOLERANCE
from llm.core.usage.spending import Watch, exceeds

LOW_H = (7 * 24.0, 24.0, 6.0)
"""Hours of money left at which an alert is due; the rank of each is its place, from 1."""


def wallet(wallet: WalletNow) -> Condition:
    empty = wallet.balance_usd is not None and wallet.balance_usd <= 0 and not wallet.refused
    left = None if wallet.refused else wallet.hours_left
    rank = sum(left <= hours for hours in LOW_H) if left is not None else 0
    if empty:
        rank = len(LOW_H) + 1
    return Condition(
        subject=Subject(topic=Topic.WALLET, name=wallet.account),
        on=rank > 0 or wallet.held,
        event=Event.WALLET_EMPTY if empty else Event.WALLET_LOW,
        rank=rank,
        eased=wallet.eased,
        details=Details(
            balance_usd=wallet.balance_usd,
            hours_left=wallet.hours_left,
            refill_at=REFILL_AT.get(wallet.kind, "") if wallet.own_address else "",
        ),
    )


def spending(now: SpendingNow) -> Condition:
    """On while the rule is exceeded. A sum is over for one round when its day or month ends, so that each is told."""
    rule, seen = now.rule, now.seen
    renewed = rule.watch is not Watch.JUMP and now.told is not None and now.told < seen.start
    return Condition(
        subject=Subject(topic=Topic.SPENDING, name=rule.name),
        on=exceeds(rule, seen) and not renewed,
        event=Event.SPENDING_JUMPED if rule.watch is Watch.JUMP else Event.SPENDING_HIGH,
        rank=1,
        since=seen.start,
        details=Details(
            watch=str(rule.watch),
            provider=rule.provider,
            route=rule.route,
            spent_usd=float(seen.usd),
            limit_usd=float(rule.limit_usd),
            before_usd=float(seen.before_usd or 0),
            count=seen.unpriced,
        ),
    )


DIFFERING_DAYS = 2
"""After so many days in a row an operator is told: one day may only be late at the vendor's."""


def books(books: BooksNow) -> Condition:
    differing = [share for share in books.shares if share > TOLERANCE]
    return Condition(
        subject=Subject(topic=Topic.BOOKS, name=books.account),
        on=len(differing) >= DIFFERING_DAYS,
        event=Event.BOOKS_DIFFER,
        rank=1,
        since=books.end,
        details=Details(spent_usd=books.ours_usd, vendor_usd=books.theirs_usd),
    )


STEPS = {50: Event.BUDGET_50, 80: Event.BUDGET_80, 100: Event.BUDGET_100}


def budget(budget: BudgetNow) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.BUDGET, name=budget.name),
        on=budget.step > 0,
        event=STEPS.get(budget.step, Event.BUDGET_RENEWED),
        rank=budget.step,
        details=Details(until=budget.renews_at),
    )
