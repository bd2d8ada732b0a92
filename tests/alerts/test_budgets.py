"""A budget's three steps, each told once."""

from datetime import UTC, datetime, timedelta

from llm.alerts.conditions.facts import BudgetNow, Facts
from llm.alerts.conditions.watched import conditions
from llm.alerts.decide import Ledger, decide

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_half_and_80_and_100_per_cent_are_told_once_each_and_never_again_until_it_renews() -> None:
    ledger, told = Ledger(), []
    steps = [0, 50, 50, 80, 80, 100, 100, 100, 0, 0, 50]
    for hour, step in enumerate(steps):
        facts = Facts(budgets=(BudgetNow(name="month", step=step),))
        decision = decide(ledger, conditions(facts), NOW + timedelta(hours=7 * hour))
        ledger = decision.ledger
        told += [str(notice.event) for notice in decision.notices if notice.subject.name == "month"]
    assert told == ["budget_50", "budget_80", "budget_100", "budget_renewed", "budget_50"]


def test_a_budget_that_is_spent_at_once_is_told_once() -> None:
    decision = decide(Ledger(), conditions(Facts(budgets=(BudgetNow(name="month", step=100),))), NOW)
    assert [str(notice.event) for notice in decision.notices if notice.subject.name == "month"] == ["budget_100"]
