"""Alerts of accounts whose days differ from the vendor's report."""

from datetime import timedelta

import pytest

from llm.models import Reconciliation
from tests.alerts.alerting import AlertStage

pytestmark = pytest.mark.django_db(transaction=True)


def _day(world: AlertStage, days_ago: int, share: float) -> None:
    Reconciliation.objects.create(
        account="claude", day=world.now.date() - timedelta(days=days_ago), at=world.now, ours_usd=10, theirs_usd=12,
        unexplained_usd=0, share=share,
    )  # fmt: skip


def _look(world: AlertStage) -> list[str]:
    told = len(world.subjects())
    world.look()
    return world.subjects()[told:]


def test_two_differing_days_in_a_row_are_told_once_and_so_is_their_end(world: AlertStage) -> None:
    _day(world, 3, 0.2)
    assert _look(world) == []
    _day(world, 2, 0.2)
    (subject,) = _look(world)
    assert "Claude: our costs and the vendor's report differ" in subject
    assert "10.00 USD by our records and 12.00 USD by the report" in world.mail.mails[-1].get_content()
    world.later(hours=8)
    assert _look(world) == []
    _day(world, 1, 0.001)
    (subject,) = _look(world)
    assert "agree again" in subject


def test_two_differing_days_with_a_gap_between_are_not_in_a_row(world: AlertStage) -> None:
    _day(world, 3, 0.2)
    _day(world, 1, 0.2)
    assert _look(world) == []
