"""Where a provider's requests and its key may go, as an administrator and others try it over the API."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.core.management import call_command
from django.test import Client

from llm.models import Provider
from llm.services.providers import set_api_key
from llm.simulator import Simulator
from llm.stores.config.snapshot import config_store
from tests.conftest import SIMULATED_KEY, Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/api/llm/providers"
SECRET = "sk-very-secret-0123456789"
PUBLIC = "https://llm.example.com/v1"

EIGHT = [
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1:4850/v1",
    "http://localhost:4850/v1",
    "http://2852039166/v1",
    "http://[::ffff:169.254.169.254]/v1",
    "http://[::1]:4850/v1",
    "http://10.0.0.5/v1",
    "http://api.example.com\r\nX-Injected: 1",
]


def _send(client: Client, method: str, address: str, body: dict[str, Any], person: Person) -> Any:
    return client.generic(method, address, json.dumps(body), "application/json", headers=person.headers)


def _faults(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return list(answer.json()["error"]["details"])


@pytest.fixture
def strict(providers: list[str], settings: Any) -> None:
    """The simulator's providers, and a deployment that allows no private host."""
    settings.LLM = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": []}
    config_store.forget()


@pytest.fixture
def thief() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def test_addresses_that_are_not_public_are_refused(client: Client, strict: None, admin: Person, settings: Any) -> None:
    for url in EIGHT:
        changed = _send(client, "PATCH", f"{LIST}/openai", {"base_url": url, "api_key": SECRET}, admin)
        made = _send(client, "POST", LIST, {"name": "x", "kind": "openai", "model": "m", "base_url": url}, admin)
        assert (_faults(changed), _faults(made)) == (["base_url"], ["base_url"]), url
    assert "LLM_ALLOW_PRIVATE_HOSTS" in changed.json()["error"]["message"] or "blanks" in changed.content.decode()
    settings.LLM = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": ["10.0.0.0/8", "vllm"]}
    for url in (EIGHT[6], "http://vllm:8000/v1"):
        given = {"base_url": url, "api_key": SECRET}
        assert _send(client, "PATCH", f"{LIST}/openai", given, admin).json()["base_url"] == url


def test_a_key_is_not_sent_to_another_address(
    client: Client, providers: list[str], admin: Person, sim: Simulator, thief: Simulator
) -> None:
    evil = thief.url("openai")
    assert _faults(_send(client, "PATCH", f"{LIST}/openai", {"base_url": evil}, admin)) == ["api_key"]
    (result,) = _send(client, "POST", "/api/llm/test", {"provider": "openai"}, admin).json()["results"]
    assert result["ok"] is True
    assert (sim.calls("openai"), thief.requests("openai")) == (1, ())
    # With a key of its own the address may change; the old key is gone then.
    given = {"base_url": evil, "api_key": "sk-of-the-thief"}
    assert _send(client, "PATCH", f"{LIST}/openai", given, admin).status_code == 200
    _send(client, "POST", "/api/llm/test", {"provider": "openai"}, admin)
    assert thief.requests("openai")
    assert SIMULATED_KEY not in repr(thief.requests("openai"))


def test_a_stored_key_stays_with_its_address_and_vendor(client: Client, providers: list[str], admin: Person) -> None:
    row = Provider.objects.get(name="claude")
    Provider.objects.filter(name="claude").update(base_url="")
    for given in (
        {"base_url": PUBLIC},
        {"kind": "openai", "model": "m"},
        {"api_key_env": "OPENAI_API_KEY"},
        {"kind": "openai", "model": "m", "base_url": PUBLIC, "api_key_env": "OPENAI_API_KEY"},
        {"base_url": PUBLIC, "api_key_env": "ANTHROPIC_API_KEY", "api_key": ""},
    ):
        assert _faults(_send(client, "PATCH", f"{LIST}/claude", given, admin)) == ["api_key"], given
    for given in (
        {"base_url": "https://api.anthropic.com/"},  # the same server
        {"priority": 7},
        {"base_url": PUBLIC, "api_key": SECRET},
        {"base_url": "https://other.example.com", "api_key": ""},  # nothing left to send
        {"base_url": PUBLIC},
    ):
        answer = _send(client, "PATCH", f"{LIST}/claude", given, admin)
        assert answer.status_code == 200, (given, answer.content)
    row.refresh_from_db()
    assert (row.base_url, row.api_key_encrypted) == (PUBLIC, "")


def test_a_variable_belongs_to_the_address_that_the_environment_gives_it(
    client: Client, providers: list[str], admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gateway.internal:8000/v1")
    monkeypatch.setenv("MISTRAL_API_KEY", SECRET)
    monkeypatch.setenv("MISTRAL_BASE_URL", "https://api.mistral.ai/v1")
    new = {"name": "x", "kind": "openai", "model": "m"}
    for given in (
        {"base_url": PUBLIC, "api_key_env": "OPENAI_API_KEY"},
        {"base_url": PUBLIC, "api_key_env": "MISTRAL_API_KEY"},
        {"api_key_env": "MISTRAL_API_KEY"},
        {"api_key_env": "ANTHROPIC_API_KEY"},
        {"base_url": "https://api.mistral.ai/v1", "api_key_env": "OPENAI_API_KEY"},
    ):
        assert _faults(_send(client, "POST", LIST, {**new, **given}, admin)) == ["api_key"], given
    for place, given in enumerate(
        (
            {"api_key_env": "OPENAI_API_KEY"},
            {"base_url": "https://api.openai.com/v1", "api_key_env": "OPENAI_API_KEY_2"},
            {"base_url": "http://gateway.internal:8000/v1", "api_key_env": "OPENAI_API_KEY"},
            {"base_url": "https://api.mistral.ai/v1", "api_key_env": "MISTRAL_API_KEY"},
        )
    ):
        answer = _send(client, "POST", LIST, {**new, **given, "name": f"x{place}"}, admin)
        assert answer.status_code == 201, (given, answer.content)
    assert _faults(_send(client, "PATCH", f"{LIST}/x0", {"base_url": PUBLIC}, admin)) == ["api_key"]
    # A row that was stored otherwise, by an older release, sends nothing.
    Provider.objects.filter(name="x0").update(base_url=PUBLIC)
    assert client.get(f"{LIST}/x0", headers=admin.headers).json()["has_key"] is False
    assert client.get(f"{LIST}/x3", headers=admin.headers).json()["has_key"] is True


def test_a_stored_address_that_is_not_allowed_is_not_asked_and_the_next_provider_serves(
    client: Client, strict: None, admin: Person, sim: Simulator, settings: Any
) -> None:
    set_api_key(Provider.objects.get(name="gemini"), "")
    Provider.objects.filter(name="openai").update(base_url="")
    ask = {"model": "claude", "fallbacks": [], "messages": [{"role": "user", "content": "Hello"}]}
    assert _send(client, "POST", "/v1/chat/completions", ask, admin)["X-LLM-Provider"] == "static"
    claude = client.get("/api/llm/status", headers=admin.headers).json()["providers"][0]
    assert (claude["state"], claude["reason"], claude["available"]) == ("open", "permission", False)
    assert "LLM_ALLOW_PRIVATE_HOSTS" in claude["last_error"]["message"]
    assert sim.requests("claude") == ()
    # Once the deployment allows the address, it is asked again at once.
    settings.LLM = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": ["127.0.0.1"]}
    config_store.forget()
    assert _send(client, "POST", "/v1/chat/completions", ask, admin)["X-LLM-Provider"] == "claude"


def test_consumers_see_no_addresses_no_figures_and_no_words_of_vendors(
    client: Client, providers: list[str], consumer: Person, admin: Person, sim: Simulator
) -> None:
    sim.fault("claude", "wrong_key", message="the internal words")
    _send(
        client,
        "POST",
        "/v1/chat/completions",
        {"model": "default", "messages": [{"role": "user", "content": "Hi"}]},
        admin,
    )
    seen = [client.get(url, headers=consumer.headers) for url in ("/api/llm/status", LIST)]
    seen.append(_send(client, "POST", "/api/llm/test", {"provider": "claude"}, consumer))
    text = " ".join(answer.content.decode() for answer in seen)
    assert [word for word in ("127.0.0.1", "internal words", sim.origin) if word in text] == []
    status, listed, tested = (answer.json() for answer in seen)
    told = {name for each in status["providers"] for name, value in each.items() if value is not None}
    assert told == {"name", "model", "state", "available", "reason", "retry_at"}
    assert (status["alone_since"], status["providers"][0]["reason"]) == (None, "auth")
    assert {name for each in listed["providers"] for name, value in each.items() if value is not None} == {
        "name",
        "model",
    }
    error = tested["results"][0]["error"]
    assert (error["class"], error["http_status"], error["message"]) == ("auth", 401, None)
    schema = client.get(
        "/api/schema", headers={**consumer.headers, "Accept": "application/vnd.oai.openapi+json"}
    ).json()
    for path, verb, answer in zip(
        ("/api/llm/status", LIST, "/api/llm/test"), ("get", "get", "post"), seen, strict=True
    ):
        declared = schema["paths"][path][verb]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema_rs.validate({**declared, "components": schema["components"]}, answer.json())
    operators = [client.get(url, headers=admin.headers).json() for url in ("/api/llm/status", LIST)]
    assert operators[0]["providers"][0]["last_error"]["message"]
    assert operators[1]["providers"][0]["base_url"] == sim.url("claude")
    assert _send(client, "POST", "/api/llm/test", {"provider": "claude"}, admin).json()["results"][0]["error"][
        "message"
    ]


def test_a_refusal_of_a_request_names_no_private_address(
    client: Client, providers: list[str], consumer: Person, sim: Simulator
) -> None:
    for name in providers:
        sim.fault(
            name, "invalid_request", message="max_tokens is wrong, says http://10.0.0.5:8000/v1 behind db-1.internal"
        )
    ask = {"model": "default", "messages": [{"role": "user", "content": "Hi"}]}
    answer = _send(client, "POST", "/v1/chat/completions", ask, consumer)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "max_tokens is wrong, says *** behind ***"


def test_addresses_of_the_environment_are_trusted(
    client: Client, strict: None, admin: Person, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Provider.objects.all().delete()
    monkeypatch.setenv("ANTHROPIC_API_KEY", SIMULATED_KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", sim.url("claude"))
    call_command("llm_providers", "sync")
    ask = {"model": "claude", "fallbacks": [], "messages": [{"role": "user", "content": "Hello"}]}
    assert _send(client, "POST", "/v1/chat/completions", ask, admin)["X-LLM-Provider"] == "claude"
    given = {"base_url": sim.url("claude"), "priority": 3}
    assert _send(client, "PATCH", f"{LIST}/claude", given, admin).status_code == 200
    # The host alone is not: another port or path is another server.
    given = {"base_url": f"{sim.origin}/openai", "api_key": SECRET}
    assert _faults(_send(client, "PATCH", f"{LIST}/claude", given, admin)) == ["base_url"]
