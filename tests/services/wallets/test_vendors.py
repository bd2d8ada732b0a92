"""Vendors that tell balances, played by the simulator."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from llm.models import Provider, Wallet, WalletEntry
from llm.services.providers import set_api_key
from llm.services.wallets.state import wallet_states
from llm.services.wallets.vendors import ASK_EVERY, ask_vendors
from llm.simulator import Simulator
from tests.services.wallets.spending import attempt

pytestmark = pytest.mark.django_db(transaction=True)


def _provider(sim: Simulator, vendor: str, key: str = "a-long-enough-key") -> Provider:
    row = Provider.objects.create(
        name=vendor, kind="openai", model="m", base_url=sim.add_account(vendor, "openai", models=["*"])
    )
    set_api_key(row, key)
    return row


def _due() -> None:
    Wallet.objects.update(asked_at=timezone.now() - ASK_EVERY - timedelta(seconds=1))


@pytest.mark.parametrize(("vendor", "management"), [("deepseek", True), ("openrouter", True), ("openrouter", False)])
def test_a_told_balance_is_the_balance(sim: Simulator, providers: list[str], vendor: str, management: bool) -> None:
    _provider(sim, vendor)
    sim.hold(vendor, 12.5, management=management)
    assert ask_vendors() == 1
    (state,) = wallet_states(vendor)
    assert (state.balance_usd, str(state.source)) == (Decimal("12.5"), "told_by_vendor")


def test_it_is_asked_every_quarter_of_an_hour_and_written_when_it_differs(sim: Simulator, providers: list[str]) -> None:
    _provider(sim, "deepseek")
    sim.hold("deepseek", 12.5)
    assert [ask_vendors(), ask_vendors()] == [1, 0]
    assert sim.counts("deepseek").balance == 1
    _due()
    attempt("deepseek", usd="2.5")
    sim.hold("deepseek", 10)
    assert ask_vendors() == 1
    assert WalletEntry.objects.count() == 1  # as counted
    _due()
    sim.hold("deepseek", 60)
    assert ask_vendors() == 1
    assert WalletEntry.objects.order_by("-id").first().change == 50  # type: ignore[union-attr]


def test_another_currency_is_shown_and_not_counted(sim: Simulator, providers: list[str]) -> None:
    _provider(sim, "deepseek")
    sim.hold("deepseek", 88, currency="CNY")
    ask_vendors()
    (state,) = wallet_states("deepseek")
    assert (state.balance_usd, state.told_amount, state.told_currency) == (None, Decimal(88), "CNY")
    assert WalletEntry.objects.count() == 0


def test_what_could_not_be_read_is_said_without_the_key(sim: Simulator, providers: list[str]) -> None:
    _provider(sim, "deepseek", key="sk-a-secret-of-ours")
    sim.hold("deepseek", 5)
    sim.fault("deepseek", "server_error")
    assert ask_vendors() == 0
    (state,) = wallet_states("deepseek")
    assert state.ask_fault.startswith("deepseek: server_error")
    assert "secret" not in state.ask_fault
    _due()
    sim.heal("deepseek")
    ask_vendors()
    assert wallet_states("deepseek")[0].ask_fault == ""


def test_a_vendor_that_tells_none_is_left_alone(sim: Simulator, providers: list[str]) -> None:
    _provider(sim, "deepseek")
    assert ask_vendors() == 0  # a proxy of this name without the address: 404
    assert wallet_states("deepseek")[0].ask_fault == ""
    assert sim.counts("openai").balance == 0
