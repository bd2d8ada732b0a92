"""Balances from the ledger and the call log: declared, counted down, corrected by calls."""

from decimal import Decimal

import pytest

from llm.core.forecast.ledger import EntryKind
from llm.core.forecast.outlook import Outlook
from llm.models import Provider, Wallet, WalletEntry
from llm.services.wallets.entries import BadAmount, UnknownAccount, declare, learn_from_calls, top_up
from llm.services.wallets.state import WalletState, recent_wallets, wallet_states
from tests.services.wallets.spending import attempt, even_spending

pytestmark = pytest.mark.django_db(transaction=True)


def _state(account: str) -> WalletState:
    (state,) = wallet_states(account)
    return state


def test_each_provider_has_an_account_and_nothing_is_known_of_it(providers: list[str]) -> None:
    states = wallet_states()
    assert [state.account for state in states] == sorted(providers)
    assert {state.balance_usd for state in states} == {None}
    assert Wallet.objects.count() == 0


def test_a_top_up_is_counted_down_by_what_is_spent_after_it(providers: list[str]) -> None:
    attempt("claude", hours_ago=1, usd="7")
    assert top_up("claude", Decimal(50), by="ada").balance_usd == 50
    attempt("claude", usd="0.123456789")
    attempt("gemini", usd="9")
    state = _state("claude")
    assert state.balance_usd == Decimal("49.876543211")
    assert state.spent_24h_usd == Decimal("7.123456789")
    assert state.source is EntryKind.TOPUP


def test_providers_of_one_account_spend_one_money(providers: list[str]) -> None:
    Provider.objects.filter(name__in=["claude", "gemini"]).update(account="shared")
    declare("shared", Decimal(10), by="ada")
    attempt("claude", usd="1")
    attempt("gemini", usd="2")
    state = _state("shared")
    assert (state.balance_usd, state.providers) == (Decimal(7), ("claude", "gemini"))


def test_the_costs_of_a_deleted_provider_still_count(providers: list[str]) -> None:
    declare("claude", Decimal(10), by="ada")
    attempt("claude", usd="4")
    Provider.objects.filter(name="claude").delete()
    assert _state("claude").balance_usd == 6


def test_more_spent_than_known_is_shown_below_zero(providers: list[str]) -> None:
    top_up("claude", Decimal(1), by="ada")
    attempt("claude", usd="3")
    state = _state("claude")
    assert state.balance_usd == -2
    assert state.forecast.outlook is Outlook.EMPTY


def test_a_correction_says_by_how_much_the_count_was_off(providers: list[str]) -> None:
    top_up("claude", Decimal(50), by="ada")
    attempt("claude", usd="10")
    declare("claude", Decimal(38), by="ada", note="as the console says")
    entry = WalletEntry.objects.get(kind="declared")
    assert (entry.change, entry.by, entry.note) == (Decimal(-2), "ada", "as the console says")


@pytest.mark.parametrize("usd", ["0", "-5", "10000001", "NaN", "Infinity"])
def test_a_top_up_is_an_amount_above_zero(providers: list[str], usd: str) -> None:
    with pytest.raises(BadAmount):
        top_up("claude", Decimal(usd), by="ada") if usd != "NaN" else declare("claude", Decimal(usd), by="ada")
    assert WalletEntry.objects.count() == 0


def test_an_unknown_account_is_refused_with_the_names_that_there_are(providers: list[str]) -> None:
    with pytest.raises(UnknownAccount, match="claude, gemini, openai"):
        top_up("cluade", Decimal(5), by="ada")


def test_a_refusal_for_credit_empties_and_an_answer_finds_money(providers: list[str]) -> None:
    top_up("claude", Decimal(50), by="ada")
    assert learn_from_calls() == 0
    attempt("claude", error="credit_exhausted")
    assert learn_from_calls() == 1
    assert learn_from_calls() == 0
    assert _state("claude").balance_usd == 0
    assert WalletEntry.objects.get(kind="empty").change == -50
    attempt("claude", error="credit_exhausted")
    assert learn_from_calls() == 0
    attempt("claude", usd="1")
    assert learn_from_calls() == 1
    state = _state("claude")
    assert (state.balance_usd, state.source) == (None, EntryKind.MONEY_FOUND)
    assert declare("claude", Decimal(20), by="ada").balance_usd == 20


def test_a_top_up_after_a_refusal_is_counted_from_zero(providers: list[str]) -> None:
    top_up("claude", Decimal(50), by="ada")
    attempt("claude", error="credit_exhausted")
    learn_from_calls()
    assert top_up("claude", Decimal(30), by="ada").balance_usd == 30
    attempt("claude", usd="1")
    assert learn_from_calls() == 0
    assert _state("claude").balance_usd == 29


def test_calls_make_no_wallet(providers: list[str]) -> None:
    attempt("claude", error="credit_exhausted")
    assert learn_from_calls() == 0
    assert Wallet.objects.count() == 0


def test_hours_left_come_from_the_pace_of_the_last_days(providers: list[str]) -> None:
    even_spending("claude")
    state = declare("claude", Decimal(48), by="ada")
    assert state.forecast.hours_left == pytest.approx(48, rel=0.05)


def test_what_an_operator_tells_is_seen_at_once(providers: list[str]) -> None:
    assert {state.balance_usd for state in recent_wallets.read()} == {None}
    top_up("claude", Decimal(5), by="ada")
    assert next(s for s in recent_wallets.read() if s.account == "claude").balance_usd == 5
