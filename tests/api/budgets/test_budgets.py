"""`/api/llm/budgets` and `/api/llm/limits`."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


def _ask(client: Client, admin: Person, method: str, path: str, body: Any = None) -> Any:
    return client.generic(method, f"/api/llm/{path}", json.dumps(body or {}), "application/json", headers=admin.headers)


def test_a_budget_is_made_read_changed_and_deleted(client: Client, admin: Person) -> None:
    body = {"name": "month", "usd": "20", "zone": "Africa/Douala"}
    made = _ask(client, admin, "POST", "budgets", body)
    assert made.status_code == 201
    assert made.json()["state"]["percent"] == 0
    assert _ask(client, admin, "PATCH", "budgets/month", {"usd": "30"}).json()["state"]["cap"] == "30.000000000"
    assert [one["name"] for one in client.get("/api/llm/budgets", headers=admin.headers).json()["budgets"]] == ["month"]
    assert _ask(client, admin, "DELETE", "budgets/month").status_code == 204


def test_a_limit_has_a_state_for_each_of_its_units(client: Client, admin: Person) -> None:
    made = _ask(client, admin, "POST", "limits", {"name": "calm", "requests_per_minute": 5, "at_once": 2})
    assert [state["unit"] for state in made.json()["state"]] == ["requests", "at_once"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("budgets", {"name": "b"}, "usd"),
        ("budgets", {"name": "b", "usd": "1", "tokens": 5}, "usd"),
        ("budgets", {"name": "b", "usd": "1", "zone": "Mars"}, "zone"),
        ("budgets", {"name": "b", "usd": "1", "at_limit": "route"}, "cheaper_route"),
        ("budgets", {"name": "b", "usd": "1", "unpriced": "bound"}, "unpriced_usd"),
        ("budgets", {"name": "b", "usd": "1", "scope": "team"}, "target"),
        ("limits", {"name": "b"}, "requests_per_minute"),
        ("limits", {"name": "b", "at_once": 0}, "at_once"),
    ],
)
def test_a_wrong_field_is_named(client: Client, admin: Person, path: str, body: Any, field: str) -> None:
    refused = _ask(client, admin, "POST", path, body)
    assert refused.status_code == 400
    assert list(refused.json()["error"]["details"]) == [field]


def test_a_rename_is_refused(client: Client, admin: Person) -> None:
    _ask(client, admin, "POST", "budgets", {"name": "b", "usd": "1"})
    assert _ask(client, admin, "PATCH", "budgets/b", {"name": "c"}).status_code == 400
