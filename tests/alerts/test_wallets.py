"""Alerts of money that ends: once for each level, again after a top-up, none of the top-up itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from llm.alerts.conditions.facts import Facts, WalletNow
from llm.alerts.conditions.watched import conditions
from llm.alerts.decide import Ledger, Notice, decide
from llm.alerts.events import Event
from llm.models import WalletEntry
from llm.services.wallets.entries import declare, top_up
from llm.services.wallets.state import recent_wallets
from tests.alerts.alerting import AlertStage
from tests.services.wallets.spending import attempt, even_spending

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WELL = WalletNow(account="claude", kind="claude", own_address=True, balance_usd=500.0, hours_left=400.0)


def _play(*steps: tuple[float, float | None, bool]) -> list[tuple[Event, float | None]]:
    """Rounds 20 minutes apart: hours left, balance, whether money came in since the last round. The notices."""
    ledger, told, now, last = Ledger(), [], NOW, None
    for hours, balance, refilled in steps:
        now += timedelta(minutes=20)
        line = ledger.lines[0] if ledger.lines and ledger.lines[0].active else None
        eased = line is not None and (refilled or (last is not None and last > (line.reminded_at or NOW)))
        last = now if refilled else last
        wallet = replace(WELL, hours_left=hours, balance_usd=balance, held=line is not None and not eased, eased=eased)
        made = [c for c in conditions(Facts(wallets=(wallet,))) if c.subject.name == "claude"]
        decision = decide(ledger, made, now)
        ledger = decision.ledger
        told += [_short(notice) for notice in decision.notices]
    return told


def _short(notice: Notice) -> tuple[Event, float | None]:
    return notice.event, notice.details.hours_left


LOW, EMPTY, BACK = Event.WALLET_LOW, Event.WALLET_EMPTY, Event.WALLET_REFILLED


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param([(400, 9, False)] * 3, [], id="much money says nothing"),
        pytest.param([(160, 9, False)] * 60, [(LOW, 160)], id="a level is said once, without reminders"),
        pytest.param(
            [(160, 9, False), (23, 5, False), (20, 5, False), (5, 1, False), (0, 0, False)],
            [(LOW, 160), (LOW, 23), (LOW, 5), (EMPTY, 0)],
            id="each level once",
        ),
        pytest.param(
            [(160, 9, False), (175, 9, False), (165, 9, False), (23, 9, False), (26, 9, False), (22, 9, False)],
            [(LOW, 160), (LOW, 23)],
            id="a forecast that wavers is not said again",
        ),
        pytest.param([(20, 5, False), (300, 90, True)], [(LOW, 20), (BACK, 300)], id="a top-up ends it"),
        pytest.param(
            [(5, 1, False), (50, 20, True), (48, 19, False), (20, 8, False)],
            [(LOW, 5), (LOW, 20)],
            id="a small top-up is no alarm, and the levels below it are said again",
        ),
        pytest.param(
            [(20, 5, False), (300, 90, True), (160, 50, False)],
            [(LOW, 20), (BACK, 300), (LOW, 160)],
            id="and all of them after a large one",
        ),
    ],
)
def test_which_notices_go_out(
    steps: list[tuple[float, float | None, bool]], told: list[tuple[Event, float | None]]
) -> None:
    assert _play(*steps) == told


def test_a_refusal_for_credit_is_the_providers_alert_and_not_the_wallets() -> None:
    refused = replace(WELL, balance_usd=0.0, hours_left=0.0, refused=True)
    assert [c.on for c in conditions(Facts(wallets=(refused,))) if c.subject.name == "claude"] == [False]


@pytest.mark.django_db(transaction=True)
def test_money_for_less_than_a_day_is_told_by_mail_and_its_top_up_too(world: AlertStage) -> None:
    even_spending("claude")
    declare("claude", Decimal(12), by="ada")
    assert world.look() > 0
    (mail,) = world.mail.mails
    assert "Claude: money for about 12 hours is left" in str(mail["Subject"])
    assert "llm_wallets topup claude" in mail.get_content()
    world.later(minutes=30)
    assert world.look() == 0
    top_up("claude", Decimal(900), by="ada")
    WalletEntry.objects.filter(kind="topup").update(created_at=world.now)
    recent_wallets.forget()
    world.look()
    assert "there is money again" in world.subjects()[-1]


@pytest.mark.django_db(transaction=True)
def test_a_count_below_zero_says_that_a_top_up_may_be_missing(world: AlertStage) -> None:
    top_up("claude", Decimal(1), by="ada")
    attempt("claude", usd="2")
    recent_wallets.forget()
    world.look()
    assert "no money is left by the count" in world.subjects()[-1]
