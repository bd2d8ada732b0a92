"""`llm_wallets`: the accounts' money from the terminal."""

import json
from decimal import Decimal

import pytest

from llm.models import WalletEntry
from llm.services.wallets.entries import top_up
from tests.commands.running import Run
from tests.services.wallets.spending import attempt, even_spending

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_a_provider_it_says_what_to_do(run: Run) -> None:
    assert "llm_providers sync" in run("llm_wallets").out


def test_the_list_says_what_is_left_and_why_it_is_not_known(run: Run, providers: list[str]) -> None:
    even_spending("claude")
    top_up("claude", Decimal(12), by="ada")
    out = run("llm_wallets").out
    assert "about 12 hours" in out
    assert "gemini: No balance is known" in out
    assert json.loads(run("llm_wallets", "--json").out)["wallets"][0]["balance_usd"] == "12.000000000"


def test_a_top_up_and_a_balance_are_recorded_with_who_and_why(run: Run, providers: list[str]) -> None:
    assert run("llm_wallets", "topup", "claude", "50", "--note", "invoice 7").code == 0
    assert run("llm_wallets", "declare", "claude", "47.5").code == 0
    told, paid = WalletEntry.objects.all()
    assert (told.kind, told.amount, paid.kind, paid.amount, paid.note) == ("declared", 47.5, "topup", 50, "invoice 7")
    assert paid.by.startswith("llm_wallets")


def test_below_zero_is_shown_and_explained(run: Run, providers: list[str]) -> None:
    top_up("claude", Decimal(1), by="ada")
    attempt("claude", usd="3")
    out = run("llm_wallets").out
    assert "-2.00" in out
    assert "Below zero: more was spent" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("topup", "cluade", "5"), "claude, gemini, openai"),
        (("topup", "claude"), "needs an account and an amount"),
        (("topup", "claude", "0"), "above 0"),
        (("list", "claude"), "takes no name"),
    ],
)
def test_a_mistake_is_one_line(run: Run, providers: list[str], arguments: tuple[str, ...], words: str) -> None:
    ended = run("llm_wallets", *arguments)
    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_money_that_is_short_is_named_beside_the_providers(run: Run, providers: list[str]) -> None:
    even_spending("claude")
    assert "Money of" not in run("llm_providers").out
    top_up("claude", Decimal(12), by="ada")
    assert "Money of claude: about 12 hours left (12.00 USD)." in run("llm_providers").out
    assert "Money of claude" in run("llm_healthcheck").out
