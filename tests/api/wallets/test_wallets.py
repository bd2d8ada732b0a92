"""Wallets over HTTP: reading, telling once, and who sees money in the status."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from llm.models import WalletEntry
from llm.services.wallets.entries import top_up
from tests.conftest import Person
from tests.services.wallets.spending import attempt, even_spending

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/llm/wallets"


def _post(client: Client, who: Person, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, body, "application/json", headers={**who.headers, **headers})


def test_the_list_has_each_account(client: Client, providers: list[str], admin: Person) -> None:
    even_spending("claude", usd="0.5")
    top_up("claude", Decimal(12), by="ada")
    wallets = client.get(LIST, headers=admin.headers).json()["wallets"]
    assert [wallet["account"] for wallet in wallets] == sorted(providers)
    claude = wallets[0]
    assert claude["balance_usd"] == "12.000000000"
    assert claude["counted_from"] == "topup"
    assert claude["forecast"]["outlook"] == "ends"
    assert 20 < claude["forecast"]["hours_left"] < 28
    assert wallets[1]["balance_usd"] is None
    assert wallets[1]["forecast"]["outlook"] == "no_balance"


def test_a_top_up_counts_once_for_its_idempotency_key(client: Client, providers: list[str], admin: Person) -> None:
    body = {"usd": "50.25", "note": "invoice 7"}
    answers = [_post(client, admin, f"{LIST}/claude/topup", body, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1]["Idempotent-Replayed"] == "true"
    entry = WalletEntry.objects.get()
    assert (entry.amount, entry.by, entry.note) == (Decimal("50.25"), "ada", "invoice 7")


def test_a_balance_is_declared_and_the_ledger_read_page_by_page(
    client: Client, providers: list[str], admin: Person
) -> None:
    _post(client, admin, f"{LIST}/claude/topup", {"usd": "50"})
    assert _post(client, admin, f"{LIST}/claude/declare", {"usd": "-1.5"}).json()["balance_usd"] == "-1.500000000"
    page = client.get(f"{LIST}/claude?limit=1", headers=admin.headers).json()
    assert [(entry["kind"], Decimal(entry["amount"])) for entry in page["entries"]] == [("declared", Decimal("-1.5"))]
    rest = client.get(page["next"], headers=admin.headers).json()
    assert [entry["kind"] for entry in rest["entries"]] == ["topup"]
    assert rest["next"] is None


def test_an_amount_may_be_a_json_number(client: Client, providers: list[str], admin: Person) -> None:
    assert _post(client, admin, f"{LIST}/claude/topup", {"usd": 12.1}).json()["balance_usd"] == "12.100000000"


@pytest.mark.parametrize(
    ("address", "body", "status", "field"),
    [
        ("claude/topup", {"usd": "0"}, 400, "usd"),
        ("claude/topup", {"usd": "-3"}, 400, "usd"),
        ("claude/topup", {}, 400, "usd"),
        ("claude/topup", {"usd": True}, 400, "usd"),
        ("claude/declare", {"usd": "much"}, 400, "usd"),
        ("claude/declare", {"usd": "1e30"}, 400, "usd"),
        ("claude/declare", {"usd": "5", "currency": "EUR"}, 400, "currency"),
        ("nobody/topup", {"usd": "5"}, 404, None),
    ],
)
def test_a_mistake_is_named(
    client: Client, providers: list[str], admin: Person, address: str, body: Any, status: int, field: str | None
) -> None:
    answer = _post(client, admin, f"{LIST}/{address}", body)
    assert answer.status_code == status
    if field:
        assert field in answer.json()["error"]["details"]
    assert WalletEntry.objects.count() == 0


def test_an_unknown_account_is_not_found(client: Client, providers: list[str], admin: Person) -> None:
    assert client.get(f"{LIST}/nobody", headers=admin.headers).status_code == 404


def test_the_status_shows_money_to_those_who_may_see_it(
    client: Client, providers: list[str], admin: Person, consumer: Person
) -> None:
    attempt("claude", usd="1")
    top_up("claude", Decimal(5), by="ada")

    def wallet(who: Person) -> Any:
        return client.get("/api/llm/status", headers=who.headers).json()["providers"][0]["wallet"]

    assert wallet(admin)["balance_usd"] == "5.000000000"
    assert wallet(consumer) is None
