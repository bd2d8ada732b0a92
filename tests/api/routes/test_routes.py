"""Routes over HTTP: how they choose, and what they would choose now."""

from typing import Any

import pytest
from django.test import Client

from llm.models import Provider, Route, RouteEntry, RouteRule
from llm.stores.config.snapshot import config_store

pytestmark = pytest.mark.django_db(transaction=True)

ROUTE = "/api/llm/routes/shop"


@pytest.fixture
def boss(admin_client: Client) -> Client:
    return admin_client


@pytest.fixture
def route(providers: list[str]) -> Route:
    """Claude, Gemini and OpenAI with weights 1, 3 and 4, in this order."""
    shop = Route.objects.create(name="shop")
    for place, (name, weight) in enumerate(zip(providers, (1, 3, 4), strict=True)):
        RouteEntry.objects.create(
            route=shop, provider=Provider.objects.get(name=name), priority=10 * (place + 1), weight=weight
        )
    return shop


def change(boss: Client, **body: Any) -> Any:
    return boss.patch(ROUTE, body, content_type="application/json")


def test_a_route_shows_what_it_would_choose(boss: Client, route: Route) -> None:
    shown = boss.get(ROUTE).json()
    assert (shown["strategy"], shown["sticky"], shown["weight_priority"]) == ("priority", False, 0)
    assert [(m["provider"], m["weight"]) for m in shown["members"]] == [("claude", 1), ("gemini", 3), ("openai", 4)]
    assert [(p["provider"], p["share"], p["score"]) for p in shown["now"]["providers"]] == [
        ("claude", 1.0, None),
        ("gemini", 0.0, None),
        ("openai", 0.0, None),
    ]


def test_a_changed_strategy_changes_the_choice_and_the_plans(boss: Client, route: Route) -> None:
    now = change(boss, strategy="weighted").json()["now"]
    assert [(p["provider"], p["score"]) for p in now["providers"]] == [("openai", 4), ("gemini", 3), ("claude", 1)]
    assert now["providers"][0]["share"] == pytest.approx(0.5, abs=0.1)
    assert config_store.current_sync().routes["shop"].strategy == "weighted"


def test_who_would_not_be_asked_says_why(boss: Client, route: Route) -> None:
    Provider.objects.filter(name="claude").update(enabled=False)
    config_store.forget()
    now = boss.get(ROUTE).json()["now"]["providers"]
    assert (now[0]["provider"], now[0]["share"]) == ("gemini", 1.0)
    assert (now[2]["provider"], now[2]["skipped"], now[2]["detail"]) == (
        "claude",
        "disabled",
        "switched off by an operator",
    )


def test_the_balanced_weights_reach_planning(boss: Client, route: Route) -> None:
    assert change(boss, strategy="balanced", weight_capacity=0, weight_latency=2.5, sticky=True).status_code == 200
    policy = config_store.current_sync().routes["shop"]
    assert (policy.weights.capacity, policy.weights.latency, policy.sticky) == (0, 2.5, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"strategy": "fastest"}, "strategy"),
        ({"weight_cost": -1}, "weight_cost"),
        ({"strategy": "balanced", "weight_capacity": 0, "weight_cost": 0, "weight_latency": 0}, "weight_capacity"),
        ({"sticky": "yes"}, "sticky"),
        ({"members": [{"provider": "unheard-of"}]}, "members"),
        ({"members": [{"provider": "claude"}, {"provider": "claude"}]}, "members"),
        ({"name": "other"}, "name"),
    ],
)
def test_a_wrong_change_is_refused_by_the_name_of_its_field(
    boss: Client, route: Route, body: dict[str, Any], field: str
) -> None:
    answer = change(boss, **body)
    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_the_list_has_all_routes(boss: Client, route: Route) -> None:
    assert "shop" in [each["name"] for each in boss.get("/api/llm/routes").json()["routes"]]


def test_a_strategy_of_another_release_is_planned_by_priority(route: Route) -> None:
    Route.objects.filter(name="shop").update(strategy="psychic")
    config_store.forget()
    assert config_store.current_sync().routes["shop"].strategy == "priority"


def test_a_route_is_made_with_its_chain_changed_and_removed(boss: Client, providers: list[str]) -> None:
    body = {"name": "night", "strategy": "cost", "members": [{"provider": "openai", "priority": 1}]}
    made = boss.post("/api/llm/routes", body, content_type="application/json")
    assert made.status_code == 201
    assert [member["provider"] for member in made.json()["members"]] == ["openai"]
    assert config_store.current_sync().routes["night"].strategy == "cost"
    chain = {"members": [{"provider": "gemini", "priority": 1}, {"provider": "openai", "priority": 2, "weight": 3}]}
    changed = boss.patch("/api/llm/routes/night", chain, content_type="application/json").json()
    assert [(m["provider"], m["priority"], m["weight"]) for m in changed["members"]] == [
        ("gemini", 1, 1),
        ("openai", 2, 3),
    ]
    assert boss.delete("/api/llm/routes/night").status_code == 204
    assert "night" not in config_store.current_sync().routes


@pytest.mark.parametrize("name", ["claude", "static", "explain", "shop", "two words"])
def test_a_name_that_cannot_be_had_is_refused(boss: Client, route: Route, name: str) -> None:
    answer = boss.post("/api/llm/routes", {"name": name}, content_type="application/json")
    assert answer.status_code == 400
    assert "name" in answer.content.decode()


def test_a_described_request_is_explained(boss: Client, route: Route) -> None:
    RouteRule.objects.create(name="nightly", route=route, tags=["nightly"])
    RouteRule.objects.create(name="large", route=route, min_tokens=5000, position=50)
    asked = boss.post("/api/llm/routes/explain", {"tags": ["nightly"]}, content_type="application/json").json()
    assert (asked["route"], asked["rule"], asked["misses"]) == ("shop", "nightly", [{"rule": "large", "why": "size"}])
    assert asked["providers"] == ["claude", "gemini", "openai"]
    plain = boss.post("/api/llm/routes/explain", {}, content_type="application/json").json()
    assert (plain["route"], plain["rule"]) == ("default", None)


def test_hedging_and_standby_are_set_and_bounded(boss: Client, route: Route) -> None:
    members = [{"provider": "claude"}, {"provider": "openai", "standby": True, "standby_usd_per_day": "5.00"}]
    asked = {"hedge": True, "hedge_cap_percent": 1.5, "standby_below_percent": 30, "members": members}
    answer = boss.patch(ROUTE, asked, content_type="application/json")
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["hedge"], shown["hedge_cap_percent"], shown["standby_below_percent"]) == (True, 1.5, 30)
    assert [(one["standby"], one["standby_usd_per_day"]) for one in shown["members"]] == [(False, None), (True, "5.00")]
    refused = boss.patch(ROUTE, {"hedge_cap_percent": 0}, content_type="application/json")
    assert (refused.status_code, list(refused.json()["error"]["details"])) == (400, ["hedge_cap_percent"])
