"""Route rules over HTTP."""

from typing import Any

import pytest
from django.test import Client

from llm.models import Route, RouteRule

pytestmark = pytest.mark.django_db

RULES = "/api/llm/route-rules"


@pytest.fixture
def boss(admin_client: Client) -> Client:
    Route.objects.create(name="batch")
    return admin_client


def post(boss: Client, **body: Any) -> Any:
    return boss.post(RULES, {"name": "night", "route": "batch", **body}, content_type="application/json")


def test_a_rule_is_made_read_changed_and_removed(boss: Client) -> None:
    made = post(boss, teams=["shop-*"], from_hour=22, to_hour=6)
    assert made.status_code == 201
    expected = {"name": "night", "position": 100, "enabled": True, "asked_route": "default", "route": "batch"}
    assert made.json().items() >= (expected | {"teams": ["shop-*"], "tools": None}).items()
    assert boss.get(RULES).json() == {"rules": [made.json()]}
    changed = boss.patch(f"{RULES}/night", {"enabled": False}, content_type="application/json")
    assert changed.json()["enabled"] is False
    assert boss.delete(f"{RULES}/night").status_code == 204
    assert not RouteRule.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"route": "nowhere"}, "route"),
        ({"asked_route": "batch"}, "route"),
        ({"from_hour": 5}, "to_hour"),
        ({"from_hour": 5, "to_hour": 5}, "to_hour"),
        ({"from_hour": 24, "to_hour": 5}, "from_hour"),
        ({"min_tokens": 5, "max_tokens": 4}, "max_tokens"),
        ({"teams": ["two words"]}, "teams"),
        ({"teams": "shop"}, "teams"),
        ({"weather": "rain"}, "weather"),
    ],
)
def test_a_wrong_rule_is_refused_by_the_name_of_its_field(boss: Client, body: dict[str, Any], field: str) -> None:
    answer = post(boss, **body)
    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_a_change_is_judged_with_what_is_stored(boss: Client) -> None:
    post(boss, min_tokens=100)
    answer = boss.patch(f"{RULES}/night", {"max_tokens": 10}, content_type="application/json")
    assert answer.status_code == 400
    assert "max_tokens" in answer.content.decode()
