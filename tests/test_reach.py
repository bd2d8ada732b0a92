"""What the environment says of addresses: which are trusted, which private hosts are allowed, whose key goes where."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from llm.conf import KEY_VARIABLES, asked_url, key_belongs, llm_settings, reach_of, same_account


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (name for names in KEY_VARIABLES.values() for name in names):
        monkeypatch.delenv(name, raising=False)
    for name in ("ANTHROPIC_BASE_URL", "GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://10.0.0.7/v1")
    monkeypatch.setenv("MISTRAL_BASE_URL", "https://api.mistral.ai/v1/")
    with override_settings(
        LLM={**settings.LLM, "SIMULATOR": "off", "ALLOW_PRIVATE_HOSTS": ["vllm"], "PRIORITY": ["claude"]}
    ):
        yield


def test_the_environments_addresses_and_allowed_hosts_are_reached_anywhere() -> None:
    assert reach_of("").anywhere
    assert reach_of("http://10.0.0.7/v1").anywhere
    assert reach_of("http://10.0.0.7/v1/").anywhere
    assert reach_of("http://VLLM.:8000/v1").anywhere
    for url in (
        "http://10.0.0.7/v2",
        "http://10.0.0.7:81/v1",
        "https://api.openai.com/v1",
        "http://127.0.0.1:8099/openai",
    ):
        assert not reach_of(url).anywhere
    assert not reach_of("no address").anywhere


def test_the_simulator_is_trusted_while_it_is_in_use() -> None:
    with override_settings(LLM={**settings.LLM, "SIMULATOR": "on", "SIMULATOR_PORT": 8099}):
        assert reach_of("http://127.0.0.1:8099/groq/v1").anywhere
        assert not reach_of("http://127.0.0.1:80990/groq/v1").anywhere
        assert not reach_of("http://127.0.0.1:8098/claude").anywhere


def test_a_provider_without_an_address_asks_the_simulator_while_it_is_in_use() -> None:
    assert asked_url("claude", "") == ""
    with override_settings(LLM={**settings.LLM, "SIMULATOR": "on", "SIMULATOR_PORT": 8099}):
        assert asked_url("claude", "") == "http://127.0.0.1:8099/claude"
        assert asked_url("openai", "") == "http://127.0.0.1:8099/openai/v1"
        assert asked_url("openai", "https://api.mistral.ai/v1") == "https://api.mistral.ai/v1"


def test_a_wrong_word_stops_the_start() -> None:
    wrong = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": ["vllm", "http://x"]}
    named = pytest.raises(ImproperlyConfigured, match=r"LLM_ALLOW_PRIVATE_HOSTS has 'http://x', which is no host")
    with override_settings(LLM=wrong), named:
        llm_settings()


@pytest.mark.parametrize(
    ("variable", "kind", "base_url", "belongs"),
    [
        ("ANTHROPIC_API_KEY", "claude", "", True),
        ("ANTHROPIC_API_KEY_2", "claude", "https://api.anthropic.com/", True),
        ("ANTHROPIC_API_KEY", "claude", "https://evil.example", False),
        ("ANTHROPIC_API_KEY", "openai", "", False),
        ("ANTHROPIC_API_KEY", "openai", "https://api.anthropic.com", False),
        ("GOOGLE_API_KEY", "gemini", "", True),
        ("OPENAI_API_KEY", "openai", "", True),
        ("OPENAI_API_KEY", "openai", "http://10.0.0.7/v1/", True),
        ("OPENAI_API_KEY", "openai", "http://10.0.0.7/v2", False),
        ("MISTRAL_API_KEY", "openai", "https://api.mistral.ai/v1", True),
        ("MISTRAL_API_KEY", "openai", "", False),
        ("MISTRAL_API_KEY", "openai", "https://evil.example", False),
        ("GROQ_API_KEY", "openai", "", False),
        ("GROQ_API_KEY", "openai", "https://api.groq.com/openai/v1", False),
        ("GROQ_API_KEY", "unknown", "", False),
    ],
)
def test_a_variable_belongs_to_its_vendor_and_to_the_address_beside_it(
    variable: str, kind: str, base_url: str, belongs: bool
) -> None:
    assert key_belongs(variable, kind, base_url) is belongs


def test_the_same_account_is_the_same_server() -> None:
    assert same_account(("claude", ""), ("claude", "https://api.anthropic.com/"))
    assert not same_account(("claude", ""), ("openai", ""))
    assert not same_account(("openai", ""), ("openai", "https://api.openai.com/v2"))
