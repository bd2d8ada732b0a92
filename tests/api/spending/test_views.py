"""Spending rules over HTTP."""

from typing import Any

import pytest
from django.test import Client

from llm.models import SpendingRule

pytestmark = pytest.mark.django_db

RULES = "/api/llm/spending-rules"


@pytest.fixture
def boss(admin_client: Client) -> Client:
    return admin_client


def _post(boss: Client, **body: Any) -> Any:
    return boss.post(RULES, body, content_type="application/json")


def test_a_rule_is_made_read_changed_and_removed(boss: Client) -> None:
    made = _post(boss, name="a-day", watch="day", limit_usd="12.50")
    assert made.status_code == 201
    assert made.json() == {
        "name": "a-day", "watch": "day", "provider": "", "route": "", "limit_usd": "12.50", "factor": None,
        "enabled": True,
    }  # fmt: skip
    assert boss.get(RULES).json() == {"rules": [made.json()]}
    changed = boss.patch(f"{RULES}/a-day", {"enabled": False}, content_type="application/json")
    assert changed.json()["enabled"] is False
    assert boss.delete(f"{RULES}/a-day").status_code == 204
    assert not SpendingRule.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"watch": "jump", "limit_usd": "1"}, "factor"),
        ({"watch": "jump", "limit_usd": "1", "factor": "1"}, "factor"),
        ({"watch": "day", "limit_usd": "1", "factor": "2"}, "factor"),
        ({"watch": "week", "limit_usd": "1"}, "watch"),
        ({"watch": "day", "limit_usd": "-1"}, "limit_usd"),
        ({"watch": "day", "limit_usd": "1", "sum": 3}, "sum"),
    ],
)
def test_a_wrong_rule_is_refused_by_the_name_of_its_field(boss: Client, body: dict[str, Any], field: str) -> None:
    answer = _post(boss, name="r", **body)
    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_a_change_is_judged_with_what_is_stored(boss: Client) -> None:
    SpendingRule.objects.create(name="r", watch="day", limit_usd=1)
    answer = boss.patch(f"{RULES}/r", {"watch": "jump"}, content_type="application/json")
    assert answer.status_code == 400
    assert "factor" in answer.content.decode()
