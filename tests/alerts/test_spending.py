"""Alerts of spending rules: once a period, once a jump, with what the sum lacks."""

from datetime import UTC, datetime, timedelta

import pytest

from llm.models import Attempt, SpendingRule
from llm.services.spending import recent_spending
from tests.alerts.alerting import AlertStage
from tests.services.wallets.spending import attempt

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime.now(UTC).replace(hour=12, minute=30)


@pytest.fixture(autouse=True)
def at_noon(world: AlertStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The world's clock is the services' clock as well."""
    world.now = NOON
    monkeypatch.setattr("llm.services.spending.clock.now", world.clock)


def _spend(world: AlertStage, usd: str, *, provider: str = "claude", **ago: float) -> None:
    hours = (datetime.now(UTC) - world.now + timedelta(**ago)) / timedelta(hours=1)
    attempt(provider, hours_ago=hours, usd=usd)
    recent_spending.forget()


def _look(world: AlertStage) -> list[str]:
    told = len(world.subjects())
    recent_spending.forget()
    world.look()
    return world.subjects()[told:]


def test_a_days_sum_is_told_once_and_again_on_another_day(world: AlertStage) -> None:
    SpendingRule.objects.create(name="a-day", watch="day", limit_usd=10)
    _spend(world, "9")
    assert _look(world) == []
    _spend(world, "2")
    (subject,) = _look(world)
    assert "Spending today has reached 10.00 USD (a-day)" in subject
    assert "All calls cost 11.00 USD today, since 00:00 UTC." in world.mail.mails[-1].get_content()
    world.later(hours=7)
    assert _look(world) == []
    world.later(days=1)
    _spend(world, "30")
    (over,) = _look(world)
    assert "within the rule again" in over
    world.later(minutes=15)
    (again,) = _look(world)
    assert "has reached 10.00 USD" in again


def test_a_rule_of_one_provider_does_not_count_the_others(world: AlertStage) -> None:
    SpendingRule.objects.create(name="gemini-month", watch="month", provider="gemini", limit_usd=10)
    _spend(world, "50", provider="claude")
    assert _look(world) == []
    _spend(world, "10", provider="gemini")
    (subject,) = _look(world)
    assert "this month" in subject
    assert "Gemini cost 10.00 USD" in world.mail.mails[-1].get_content()


def test_a_jump_is_told_until_it_falls_back(world: AlertStage) -> None:
    SpendingRule.objects.create(name="jump", watch="jump", limit_usd=1, factor=3)
    _spend(world, "2", days=7, hours=1)
    _spend(world, "5", hours=1)
    assert _look(world) == []
    _spend(world, "4", hours=1)
    (subject,) = _look(world)
    assert "Spending has jumped (jump)" in subject
    assert "9.00 USD in the hour" in world.mail.mails[-1].get_content()
    world.later(hours=1)
    (subject,) = _look(world)
    assert "within the rule again" in subject


def test_a_sum_says_how_many_attempts_it_lacks(world: AlertStage) -> None:
    SpendingRule.objects.create(name="a-day", watch="day", limit_usd=10)
    _spend(world, "12")
    _spend(world, "0")
    Attempt.objects.filter(cost_usd=0).update(cost_usd=None, unpriced=True)
    _look(world)
    assert "Attempts without a known price are not in the sum: 1." in world.mail.mails[-1].get_content()


def test_a_rule_that_is_switched_off_ends_its_alert(world: AlertStage) -> None:
    SpendingRule.objects.create(name="a-day", watch="day", limit_usd=1)
    _spend(world, "2")
    assert len(_look(world)) == 1
    SpendingRule.objects.update(enabled=False)
    world.later(minutes=15)
    _look(world)
    assert "The rule a-day is gone or switched off" in world.mail.mails[-1].get_content()
