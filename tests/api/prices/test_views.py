"""The operators' own prices over HTTP: what they may be, and that they count at once."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from llm.core.calls import Caller
from llm.core.chat.request import ChatRequest, Role, message
from llm.models import Attempt, ModelPrice
from llm.services.calls.run import complete_sync
from llm.simulator import Simulator
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/api/llm/prices"
TODAY = datetime.now(UTC).date()
HOUSE = {"kind": "claude", "model": "claude-sonnet-5-5", "valid_from": "2026-01-01", "input": "7", "output": "70"}


def _send(client: Client, method: str, body: dict[str, Any], person: Person, at: str = LIST) -> Any:
    return client.generic(method, at, json.dumps(body), "application/json", headers=person.headers)


def _made(client: Client, admin: Person, **more: Any) -> dict[str, Any]:
    answer = _send(client, "POST", {**HOUSE, **more}, admin)
    assert answer.status_code == 201, answer.content
    price: dict[str, Any] = answer.json()
    return price


def _faults(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 400, answer.content
    fields: dict[str, Any] = answer.json()["error"]["details"]
    return fields


def _asked() -> Attempt:
    complete_sync(ChatRequest(messages=(message(Role.USER, "Bonjour"),)), caller=Caller(origin="code"))
    return Attempt.objects.order_by("-started_at")[0]


def test_a_price_counts_at_once_and_names_itself(
    client: Client, admin: Person, providers: list[str], sim: Simulator
) -> None:
    listed = _asked()
    assert listed.price_version.startswith("genai-prices ")
    price = _made(client, admin)
    attempt = _asked()
    by_hand = (7 * attempt.input_tokens + 70 * attempt.output_tokens) / Decimal(10**6)
    assert (attempt.cost_usd, attempt.price_version) == (by_hand, price["version"])
    assert price["version"] == f"operator:{price['id']}.1"
    changed = _send(client, "PATCH", {"input": "8"}, admin, f"{LIST}/{price['id']}").json()
    assert (changed["input"], changed["version"]) == ("8.00000000", f"operator:{price['id']}.2")
    assert _asked().price_version == changed["version"]
    assert client.delete(f"{LIST}/{price['id']}", headers=admin.headers).status_code == 204
    assert _asked().price_version == listed.price_version
    attempt.refresh_from_db()
    assert attempt.cost_usd == by_hand


def test_prices_of_other_days_do_not_count(client: Client, admin: Person, providers: list[str], sim: Simulator) -> None:
    _made(client, admin, valid_to=str(TODAY))
    _made(client, admin, valid_from=str(TODAY + timedelta(days=1)))
    assert _asked().price_version.startswith("genai-prices ")


def test_two_prices_of_one_model_share_no_day(client: Client, admin: Person) -> None:
    first = _made(client, admin, valid_to="2026-02-01")
    _made(client, admin, valid_from="2026-02-01")
    for dates in ({"valid_from": "2026-01-31"}, {"valid_from": "2025-01-01"}, {"valid_from": "2027-01-01"}):
        assert list(_faults(_send(client, "POST", {**HOUSE, "model": "Claude-Sonnet-5-5", **dates}, admin))) == [
            "valid_from"
        ]
    longer = _send(client, "PATCH", {"valid_to": "2026-02-02"}, admin, f"{LIST}/{first['id']}")
    assert list(_faults(longer)) == ["valid_from"]
    _made(client, admin, kind="", provider="claude")
    assert len(client.get(LIST, headers=admin.headers).json()["prices"]) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"provider": "claude"}, "provider"),
        ({"kind": ""}, "provider"),
        ({"valid_to": "2026-01-01"}, "valid_to"),
        ({"input": "-1"}, "input"),
        ({"input": "NaN"}, "input"),
        ({"output": None}, "output"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_faulty_price_is_refused_by_field(client: Client, admin: Person, body: dict[str, Any], field: str) -> None:
    assert field in _faults(_send(client, "POST", {**HOUSE, **body}, admin))
    assert not ModelPrice.objects.exists()
