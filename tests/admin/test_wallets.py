"""The screens of wallets."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from llm.models import Wallet, WalletEntry
from llm.services.wallets.entries import top_up
from tests.services.wallets.spending import attempt, even_spending

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/llm/wallet/"


def test_without_a_ledger_the_list_names_the_accounts(providers: list[str], desk: Client) -> None:
    page = desk.get(LIST).content.decode()
    assert "No balance is known of: claude, gemini, openai" in " ".join(page.split())


def test_a_top_up_is_recorded_on_the_list_and_shown_with_its_time_left(providers: list[str], desk: Client) -> None:
    even_spending("claude")
    form = {"account": "claude", "kind": "topup", "usd": "12", "note": "invoice 7", "back": "list"}
    page = desk.post(f"{LIST}tell/", form, follow=True).content.decode()
    assert "about 12 hours" in page
    assert "$12.00" in page
    assert WalletEntry.objects.get().by == "ada"


def test_a_wallets_page_explains_a_balance_below_zero(providers: list[str], desk: Client) -> None:
    top_up("claude", Decimal(1), by="ada", note="invoice 7")
    attempt("claude", usd="3")
    page = desk.get(reverse("admin:llm_wallet_change", args=[Wallet.objects.get().pk])).content.decode()
    assert "-$2.00" in page
    assert "more was spent than the ledger knows of" in page
    assert "invoice 7" in page
    assert "invoice 7" in desk.get("/admin/llm/walletentry/?account=claude").content.decode()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"account": "claude", "kind": "topup", "usd": "0"}, "above 0"),
        ({"account": "claude", "kind": "topup", "usd": ""}, "US dollars"),
        ({"account": "nobody", "kind": "topup", "usd": "5"}, "Account"),
    ],
)
def test_a_mistake_in_the_form_is_said(providers: list[str], desk: Client, form: dict[str, str], words: str) -> None:
    page = desk.post(f"{LIST}tell/", form, follow=True).content.decode()
    assert words in page
    assert WalletEntry.objects.count() == 0


def test_who_only_views_gets_no_form_and_is_refused(providers: list[str], staff: Callable[..., Client]) -> None:
    viewer = staff("view_wallet", "view_walletentry")
    assert "Record money" not in viewer.get(LIST).content.decode().replace('aria-label="Record money"', "")
    assert 'name="usd"' not in viewer.get(LIST).content.decode()
    assert viewer.post(f"{LIST}tell/", {"account": "claude", "kind": "topup", "usd": "5"}).status_code == 403
    assert WalletEntry.objects.count() == 0


def test_the_screens_are_french_in_french(providers: list[str], desk: Client) -> None:
    even_spending("claude")
    top_up("claude", Decimal(12), by="ada")
    page = desk.get(LIST, headers={"Accept-Language": "fr"}).content.decode()
    assert "environ 12 heures" in page
    for english in ("Record", "top-up", "balance", "Note"):
        assert f">{english}<" not in page
