"""Providers over HTTP: what is shown, what may be changed, and that a change counts at once."""

import json
from typing import Any

import pytest
from django.test import Client

from llm.models import Circuit, CircuitEvent, Provider, Route
from llm.simulator import Simulator
from tests.conftest import SIMULATED_KEY, Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/api/llm/providers"
SECRET = "sk-very-secret-0123456789"


def _send(client: Client, method: str, address: str, body: dict[str, Any], person: Person) -> Any:
    return client.generic(method, address, json.dumps(body), "application/json", headers=person.headers)


def test_the_list_shows_the_chain_in_order(client: Client, providers: list[str], admin: Person) -> None:
    shown = client.get(LIST, headers=admin.headers).json()["providers"]
    assert [p["name"] for p in shown] == ["claude", "gemini", "openai"]
    assert set(shown[0]) == {
        "name", "kind", "model", "priority", "weight", "enabled", "base_url", "supports", "has_key",
    }  # fmt: skip
    assert shown[0]["has_key"] is True
    assert "stream" in shown[0]["supports"]


def test_a_provider_needs_little_to_be_made(client: Client, providers: list[str], admin: Person) -> None:
    answer = _send(client, "POST", LIST, {"name": "claude-2", "kind": "claude"}, admin)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["model"], made["has_key"], made["enabled"], made["priority"]) == (
        "claude-sonnet-5-5",
        False,
        True,
        100,
    )


def test_a_key_goes_in_and_never_comes_out(client: Client, providers: list[str], admin: Person) -> None:
    answers = [
        _send(client, "POST", LIST, {"name": "second", "kind": "openai", "api_key": SECRET}, admin),
        client.get(f"{LIST}/second", headers=admin.headers),
        client.get(LIST, headers=admin.headers),
        _send(client, "PATCH", f"{LIST}/second", {"api_key": SECRET + "x"}, admin),
    ]
    assert [a.status_code for a in answers] == [201, 200, 200, 200]
    assert all(SECRET not in a.content.decode() for a in answers)
    assert all("api_key_encrypted" not in a.content.decode() for a in answers)
    assert answers[1].json()["has_key"] is True
    assert SECRET not in Provider.objects.get(name="second").api_key_encrypted


def test_an_empty_key_removes_the_stored_one(client: Client, providers: list[str], admin: Person) -> None:
    answer = _send(client, "PATCH", f"{LIST}/claude", {"api_key": ""}, admin)
    assert answer.json()["has_key"] is False
    assert Provider.objects.get(name="claude").api_key_encrypted == ""


def test_a_patch_changes_only_what_it_names(client: Client, providers: list[str], admin: Person) -> None:
    answer = _send(client, "PATCH", f"{LIST}/claude", {"priority": 99}, admin)
    assert answer.status_code == 200
    row = Provider.objects.get(name="claude")
    assert (row.priority, row.model, row.weight) == (99, "claude-sonnet-5-5", 1)
    assert answer.json()["has_key"] is True


def test_a_deleted_provider_is_gone(client: Client, providers: list[str], admin: Person) -> None:
    answer = client.delete(f"{LIST}/openai", headers=admin.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"{LIST}/openai", headers=admin.headers).status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": "x"}, "kind"),
        ({"name": "x y", "kind": "claude"}, "name"),
        ({"name": "claude", "kind": "claude"}, "name"),
        ({"name": "static", "kind": "claude"}, "name"),
        ({"name": "default", "kind": "claude"}, "name"),
        ({"name": "n" * 65, "kind": "claude"}, "name"),
        ({"name": "x", "kind": "mistral"}, "kind"),
        ({"name": "x", "kind": "openai", "base_url": "https://api.example.com"}, "model"),
        ({"name": "x", "kind": "openai", "model": "m", "base_url": "ftp://example.com"}, "base_url"),
        ({"name": "x", "kind": "openai", "model": "m", "base_url": "https://u:p@example.com"}, "base_url"),
        ({"name": "x", "kind": "openai", "model": "m", "base_url": "https://example.com?key=1"}, "base_url"),
        ({"name": "x", "kind": "openai", "model": "m", "base_url": "nothing"}, "base_url"),
        ({"name": "x", "kind": "claude", "api_key": "a b"}, "api_key"),
        ({"name": "x", "kind": "claude", "api_key": "a\nb"}, "api_key"),
        ({"name": "x", "kind": "claude", "api_key": "é"}, "api_key"),
        ({"name": "x", "kind": "claude", "api_key_env": "SECRET_KEY"}, "api_key_env"),
        ({"name": "x", "kind": "claude", "api_key_env": "DATABASE_URL"}, "api_key_env"),
        ({"name": "x", "kind": "claude", "priority": -1}, "priority"),
        ({"name": "x", "kind": "claude", "weight": 0}, "weight"),
        ({"name": "x", "kind": "claude", "enabled": "perhaps"}, "enabled"),
        ({"name": "x", "kind": "claude", "supports": ["magic"]}, "supports.0"),
        ({"name": "x", "kind": "claude", "supports": "tools"}, "supports"),
        ({"name": "x", "kind": "claude", "max_tokens": 0}, "max_tokens"),
        ({"name": "x", "kind": "claude", "attempt_timeout_s": 0}, "attempt_timeout_s"),
        ({"name": "x", "kind": "claude", "context_window": "big"}, "context_window"),
        ({"name": "x", "kind": "claude", "has_key": True}, "has_key"),
        ({"name": "x", "kind": "claude", "api_key_encrypted": "x"}, "api_key_encrypted"),
        ({"name": "x", "kind": "claude", "colour": "red"}, "colour"),
    ],
)
def test_a_bad_field_is_named(
    client: Client, providers: list[str], admin: Person, given: dict[str, Any], field: str
) -> None:
    answer = _send(client, "POST", LIST, given, admin)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert field in error["details"]
    assert Provider.objects.count() == 3


def test_a_provider_cannot_be_renamed(client: Client, providers: list[str], admin: Person) -> None:
    answer = _send(client, "PATCH", f"{LIST}/claude", {"name": "claudia"}, admin)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["name"])
    assert _send(client, "PATCH", f"{LIST}/claude", {"name": "claude"}, admin).status_code == 200


def test_variables_of_a_second_account_may_be_named(client: Client, providers: list[str], admin: Person) -> None:
    answer = _send(client, "PATCH", f"{LIST}/claude", {"api_key_env": "ANTHROPIC_API_KEY_2"}, admin)
    assert (answer.status_code, answer.json()["api_key_env"]) == (200, "ANTHROPIC_API_KEY_2")


def test_a_new_provider_serves_at_once(
    live: Live, client: Client, sim: Simulator, providers: list[str], admin: Person
) -> None:
    import httpx2

    given = {
        "name": "backup", "kind": "openai", "model": "gpt-6.1-terra", "base_url": sim.url("openai"),
        "api_key": SIMULATED_KEY, "priority": 1,
    }  # fmt: skip
    ask = {"model": "default", "messages": [{"role": "user", "content": "Hello"}]}
    with httpx2.Client(base_url=live.url, headers=admin.headers, trust_env=False, timeout=60) as http:
        assert http.post("/v1/chat/completions", json=ask).headers["X-LLM-Provider"] == "claude"
        assert http.post(LIST, json=given).status_code == 201
        assert http.post("/v1/chat/completions", json=ask).headers["X-LLM-Provider"] == "backup"
        assert http.patch(f"{LIST}/backup", json={"enabled": False}).status_code == 200
        assert http.post("/v1/chat/completions", json=ask).headers["X-LLM-Provider"] == "claude"
        assert http.delete(f"{LIST}/backup").status_code == 204


def test_the_timeline_of_a_circuit(client: Client, providers: list[str], admin: Person) -> None:
    client.post("/api/llm/reset-failures", {"provider": "claude"}, "application/json", headers=admin.headers)
    answer = client.get(f"{LIST}/claude/events", headers=admin.headers)
    assert answer.status_code == 200
    assert len(answer.json()["events"]) == CircuitEvent.objects.filter(provider="claude").count()
    assert answer.json()["next"] is None


def test_the_timeline_outlives_its_provider(client: Client, providers: list[str], admin: Person) -> None:
    from django.utils import timezone

    CircuitEvent.objects.create(provider="old", at=timezone.now(), before="closed", after="open", reason="auth")
    answer = client.get(f"{LIST}/old/events", headers=admin.headers).json()
    assert [(e["before"], e["after"], e["reason"]) for e in answer["events"]] == [("closed", "open", "auth")]
    assert client.get(f"{LIST}/never/events", headers=admin.headers).status_code == 404


def test_routes_and_providers_share_one_space_of_names(client: Client, providers: list[str], admin: Person) -> None:
    Route.objects.create(name="fast")
    assert _send(client, "POST", LIST, {"name": "fast", "kind": "claude"}, admin).status_code == 400


def test_a_new_key_lifts_what_a_bad_one_had_blocked(
    client: Client, sim: Simulator, providers: list[str], admin: Person
) -> None:
    ask = {"model": "default", "messages": [{"role": "user", "content": "Hello"}]}
    _send(client, "PATCH", f"{LIST}/claude", {"api_key": "sk-wrong"}, admin)
    assert _send(client, "POST", "/v1/chat/completions", ask, admin)["X-LLM-Provider"] == "gemini"
    assert Circuit.objects.get(provider="claude").state == "open"
    _send(client, "PATCH", f"{LIST}/claude", {"priority": 5}, admin)
    assert Circuit.objects.get(provider="claude").state == "open"
    _send(client, "PATCH", f"{LIST}/claude", {"api_key": SIMULATED_KEY}, admin)
    assert _send(client, "POST", "/v1/chat/completions", ask, admin)["X-LLM-Provider"] == "claude"
