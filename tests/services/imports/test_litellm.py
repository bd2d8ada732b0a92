"""A LiteLLM config with twelve deployments: what it becomes, and the account of every field."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.request import Capability
from llm.models import ModelPrice, Provider, Route
from llm.services.imports.apply import apply
from llm.services.imports.litellm import read_litellm
from llm.services.imports.plan import ImportPlan
from llm.services.imports.read import UnreadableImport, plan_of

FILE = Path(__file__).parents[3] / "bench/routing/litellm.yaml"
SECRETS = ("sk-a-secret-in-the-file", "sk-the-master-key")


@pytest.fixture(scope="module")
def plan() -> ImportPlan:
    return plan_of(FILE)


def test_deployments_become_providers_of_their_vendor(plan: ImportPlan) -> None:
    assert {one.name: (one.vendor, one.model) for one in plan.providers} == {
        "gpt-4o-1": ("azure", "gpt-4o-eu"),
        "gpt-4o-2": ("openai", "gpt-4o"),
        "claude-1": ("anthropic", "claude-sonnet-5-5"),
        "gemini": ("google", "gemini-3.8-flash"),
        "mistral-small": ("mistral", "mistral-small-latest"),
        "fast": ("groq", "openai/gpt-oss-120b"),
        "deepseek": ("deepseek", "deepseek-flash"),
        "grok": ("xai", "grok-4.6"),
        "llama": ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        "own": ("vllm", "qwen3"),
    }
    by_name = {one.name: one for one in plan.providers}
    assert by_name["gpt-4o-1"].base_url == "https://djobea-eu.openai.azure.com/openai/v1"
    assert by_name["claude-1"].max_tokens == 2048
    assert (by_name["gpt-4o-2"].attempt_timeout_s, by_name["grok"].attempt_timeout_s) == (20.0, 45.0)
    assert by_name["deepseek"].context_window == 64_000
    assert Capability.IMAGES in by_name["deepseek"].lacks


def test_groups_fallbacks_and_aliases_become_routes(plan: ImportPlan) -> None:
    routes = {route.name: [(one.provider, one.priority, one.weight) for one in route.members] for route in plan.routes}
    assert routes == {
        "gpt-4o": [("gpt-4o-1", 100, 3), ("gpt-4o-2", 102, 1)],
        "claude": [("claude-1", 100, 1), ("gemini", 200, 1), ("mistral-small", 300, 1)],
        "gpt-4": [("gpt-4o-1", 100, 3), ("gpt-4o-2", 102, 1)],
    }


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("usage-based-routing", "capacity"),
        ("usage-based-routing-v2", "capacity"),
        ("least-busy", "capacity"),
        ("latency-based-routing", "latency"),
        ("cost-based-routing", "cost"),
    ],
)
def test_a_strategy_is_left_with_the_nearest_of_ours(theirs: str, ours: str) -> None:
    left = read_litellm({"router_settings": {"routing_strategy": theirs}}).left
    assert [(one.path, one.why) for one in left] == [
        ("router_settings.routing_strategy", f"Choose the strategy `{ours}` on the routes.")
    ]


def test_every_field_is_accounted_for_once(plan: ImportPlan) -> None:
    left = {one.path: one.why for one in plan.left}
    assert set(left) == {
        "model_list[0].litellm_params.rpm",
        "model_list[4].litellm_params.temperature",
        "model_list[10]",
        "model_list[11]",
        "router_settings.routing_strategy",
        "router_settings.redis_host",
        "litellm_settings.success_callback",
        "general_settings.master_key",
    }
    assert "latency" in left["router_settings.routing_strategy"]
    paths = [one.path for one in (*plan.mapped, *plan.left)]
    assert len(paths) == len(set(paths))
    assert plan.share > 0.8


def test_no_secret_of_the_file_is_shown(plan: ImportPlan) -> None:
    shown = json.dumps(plan.shown()) + repr(plan)
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.django_db
def test_applied_it_makes_rows_once(plan: ImportPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "mistral-key-0123456789")
    monkeypatch.delenv("XAI_API_KEY", raising=False)
    applied = apply(plan)
    assert len(applied.providers) == 10
    assert applied.routes == ["gpt-4o", "claude", "gpt-4"]
    mistral, grok, fast = (Provider.objects.get(name=name) for name in ("mistral-small", "grok", "fast"))
    assert (mistral.enabled, bool(mistral.api_key_encrypted)) == (True, True)
    assert (grok.enabled, grok.api_key_encrypted) == (False, "")
    assert any(line.startswith("grok: the variable XAI_API_KEY is not set") for line in applied.without_key)
    assert (fast.enabled, "sk-a-secret" in fast.api_key_encrypted) == (True, False)
    price = ModelPrice.objects.get(provider="deepseek")
    assert (float(price.input), float(price.output)) == (0.14, 0.28)
    again = apply(plan)
    assert (again.providers, again.routes, len(again.skipped)) == ([], [], 13)
    assert (Provider.objects.count(), Route.objects.count()) == (10, 3)


def test_a_private_address_and_an_unknown_vendor_are_left_with_the_reason() -> None:
    entries = [
        {"model_name": "a", "litellm_params": {"model": "ollama/llama3", "api_base": "http://10.0.0.5:11434"}},
        {"model_name": "b", "litellm_params": {"model": "nobody/model"}},
        {"model_name": "c", "litellm_params": {"model": "azure/x"}},
    ]
    plan = read_litellm({"model_list": entries})
    assert plan.providers == ()
    whys = [one.why for one in plan.left]
    assert "LLM_ALLOW_PRIVATE_HOSTS" in whys[0]
    assert "does not know" in whys[1]
    assert "needs resource" in whys[2]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "no YAML or JSON at line"),
        ("[1, 2]", "holds no object"),
        ("{a: 1}", "neither a LiteLLM"),
        ("", "no object"),
    ],
)
def test_a_file_that_is_none_says_why(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(UnreadableImport, match=why):
        plan_of(path)


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["model", "api_base", "api_key", "weight", "order", "timeout", "max_tokens", "rpm", "input_cost_per_token", "x"]
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "model_name": st.text(max_size=5) | VALUES,
                "litellm_params": st.dictionaries(NAMES, VALUES, max_size=6) | VALUES,
                "model_info": VALUES,
            }
        )
        | VALUES,
        max_size=4,
    ),
    VALUES,
    VALUES,
)
def test_no_file_makes_the_importer_fall_over(entries: Any, router: Any, settings: Any) -> None:
    plan = read_litellm({"model_list": entries, "router_settings": router, "litellm_settings": settings})
    names = [one.name for one in plan.providers]
    members = {member.provider for route in plan.routes for member in route.members}
    assert members <= set(names)


def test_the_example_is_what_yaml_says() -> None:
    assert len(yaml.safe_load(FILE.read_text())["model_list"]) == 12
