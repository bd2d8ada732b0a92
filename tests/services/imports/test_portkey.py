"""Portkey's configs: fallbacks, load balances, one inside the other."""

import json
from pathlib import Path
from typing import Any

import pytest

from llm.services.imports.plan import ImportPlan
from llm.services.imports.portkey import read_portkey
from llm.services.imports.read import plan_of


def target(provider: str, model: str, **others: Any) -> dict[str, Any]:
    return {"provider": provider, "api_key": "{{MY_KEY}}", "override_params": {"model": model}, **others}


def members(plan: ImportPlan) -> list[tuple[str, int, int]]:
    (route,) = plan.routes
    models = {one.name: one.model for one in plan.providers}
    return [(models[one.provider], one.priority, one.weight) for one in route.members]


def test_a_fallback_is_an_order() -> None:
    config = {
        "strategy": {"mode": "fallback", "on_status_codes": [429]},
        "targets": [target("openai", "gpt-4o"), target("mistral-ai", "mistral-small-latest")],
        "retry": {"attempts": 3},
    }
    plan = read_portkey(config, name="support")
    assert members(plan) == [("gpt-4o", 100, 1), ("mistral-small-latest", 200, 1)]
    assert [one.vendor for one in plan.providers] == ["openai", "mistral"]
    assert {one.path for one in plan.left} == {"strategy.on_status_codes", "retry"}


def test_a_load_balance_is_weights() -> None:
    config = {
        "strategy": {"mode": "loadbalance"},
        "targets": [target("groq", "a", weight=0.7), target("together-ai", "b", weight=0.3)],
    }
    assert members(read_portkey(config, name="x")) == [("a", 100, 70), ("b", 100, 30)]


def test_a_load_balance_inside_a_fallback_keeps_both() -> None:
    inner = {
        "strategy": {"mode": "loadbalance"},
        "targets": [target("groq", "a", weight=2), target("xai", "b")],
    }
    config = {"strategy": {"mode": "fallback"}, "targets": [inner, target("anthropic", "c")]}
    assert members(read_portkey(config, name="x")) == [("a", 100, 2), ("b", 100, 1), ("c", 200, 1)]


def test_a_fallback_inside_a_load_balance_is_left_but_for_its_first() -> None:
    inner = {"strategy": {"mode": "fallback"}, "targets": [target("groq", "a"), target("xai", "b")]}
    config = {"strategy": {"mode": "loadbalance"}, "targets": [inner, target("anthropic", "c")]}
    plan = read_portkey(config, name="x")
    assert [model for model, _, _ in members(plan)] == ["a", "c"]
    assert [one.path for one in plan.left] == ["targets[0].targets[1:]"]


def test_keys_in_portkeys_vault_are_to_be_set_by_hand() -> None:
    plan = read_portkey(
        {"provider": "@openai-prod", "virtual_key": "vk-1", "override_params": {"model": "gpt-4o"}}, name="x"
    )
    (provider,) = plan.providers
    assert (provider.vendor, provider.key.shown) == ("openai", "")
    assert [one.path for one in plan.left] == ["virtual_key"]


def test_conditions_are_left() -> None:
    config = {"strategy": {"mode": "conditional", "conditions": []}, "targets": [target("openai", "gpt-4o")]}
    plan = read_portkey(config, name="x")
    assert (plan.providers, plan.routes) == ((), ())
    assert "choose it by name" in plan.left[0].why


@pytest.mark.parametrize(("given", "seconds"), [(30_000, 30.0), (1, 0.1), (10**9, 600.0)])
def test_milliseconds_become_seconds_that_a_provider_takes(given: int, seconds: float) -> None:
    plan = read_portkey(target("openai", "gpt-4o", request_timeout=given), name="x")
    assert plan.providers[0].attempt_timeout_s == seconds


def test_the_routes_name_is_the_files(tmp_path: Path) -> None:
    path = tmp_path / "Customer care.json"
    path.write_text(json.dumps(target("openai", "gpt-4o")))
    assert plan_of(path).routes[0].name == "Customer-care"
