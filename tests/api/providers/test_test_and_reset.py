"""Health, status, tests and resets, as people and load balancers see them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from llm.models import Call, CircuitEvent, Provider
from llm.services import readiness as readiness_module
from llm.services import runtime
from llm.simulator import Simulator
from llm.stores.calls.journal import Journal
from tests.conftest import Person
from tests.disks import SmallDisk, small_disk
from tests.waiting import eventually

__all__ = ["small_disk"]

pytestmark = pytest.mark.django_db(transaction=True)

ASK = {"model": "default", "messages": [{"role": "user", "content": "Hello"}]}


def _post(client: Client, address: str, body: dict[str, Any], person: Person) -> Any:
    return client.post(address, body, "application/json", headers=person.headers)


def _status(client: Client, person: Person) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/llm/status", headers=person.headers).json()
    return found


def test_health_when_all_is_well(client: Client, providers: list[str], sim: Simulator) -> None:
    answer = client.get("/api/llm/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "healthy", "active_providers": 3, "total_providers": 3}
    assert answer["Cache-Control"] == "no-store"
    assert all(sim.requests(name) == () for name in providers)


def test_health_asks_the_database_nothing_once_it_knows(client: Client, providers: list[str]) -> None:
    client.get("/api/llm/health")
    with CaptureQueriesContext(connection) as queries:
        client.get("/api/llm/health")
    assert len(queries) == 0


def test_health_is_a_503_when_no_provider_can_answer(client: Client, providers: list[str]) -> None:
    for row in Provider.objects.all():
        row.enabled = False
        row.save()
    answer = client.get("/api/llm/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


def test_livez_needs_nothing(client: Client) -> None:
    assert client.get("/livez").json() == {"status": "alive"}


@pytest.fixture
def sdks() -> None:
    """The vendors' SDKs, which take seconds to import."""
    runtime.import_sdks()


def test_readyz_when_all_is_there(client: Client, providers: list[str], sdks: None) -> None:
    answer = client.get("/readyz")
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "configuration": "ok", "vendors": "ok", "journal": "ok"},
        "warnings": [],
    }


def test_readyz_gives_its_reasons(client: Client, providers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness_module, "_database_faults", lambda: ("unreachable (OperationalError)", "unknown"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "unreachable (OperationalError)"


def test_a_full_disk_is_a_warning_of_readyz_and_shown_by_status_and_admin(
    client: Client,
    providers: list[str],
    admin: Person,
    sdks: None,
    small_disk: SmallDisk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = Journal(lambda: small_disk.path)
    monkeypatch.setattr(runtime.call_log, "_journal", journal)
    small_disk.fill()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["warnings"]) == (200, "ready", ["journal"])
    reason = "not writable (No space left on device); answers wait until the database has their record"
    assert answer.json()["checks"]["journal"] == reason
    assert _status(client, admin)["records_held_by"] == "database"
    client.force_login(admin.user)
    for language, words in (("en", "answers wait until the database"), ("fr", "chaque réponse attend que la base")):
        assert words in client.get("/admin/", headers={"Accept-Language": language}).content.decode()
    monkeypatch.setattr(type(runtime.call_log), "healthy", lambda _: False)
    assert "in memory only" in client.get("/readyz").json()["checks"]["journal"]
    assert _status(client, admin)["records_held_by"] == "memory"
    assert "a kill loses them" in client.get("/admin/", headers={"Accept-Language": "en"}).content.decode()
    journal.close()


def test_status_has_the_whole_shape(client: Client, providers: list[str], admin: Person) -> None:
    status = _status(client, admin)
    assert (status["status"], status["chain"]) == ("healthy", ["claude", "gemini", "openai", "static"])
    assert (status["alone_since"], status["records_held_by"]) == (None, "journal")
    assert status["providers"][0] == {
        "name": "claude",
        "kind": "claude",
        "model": "claude-sonnet-5-5",
        "priority": 10,
        "enabled": True,
        "state": "closed",
        "standing": "to_be_tried",
        "available": True,
        "reason": None,
        "detail": "no answer of this account is on record",
        "since": None,
        "retry_at": None,
        "success_rate": None,
        "window": {"seconds": 60, "calls": 0, "failures": 0},
        "consecutive_failures": 0,
        "latency_ms": {"p50": None, "p95": None},
        "last_success_at": None,
        "last_error": None,
        "override": None,
        "wallet": {
            "account": "claude",
            "balance_usd": None,
            "outlook": "no_balance",
            "hours_left": None,
            "low": None,
            "high": None,
        },
    }


def test_status_has_the_reason_and_the_retry_time(
    client: Client, providers: list[str], sim: Simulator, admin: Person
) -> None:
    sim.fault("claude", "credit")
    assert _post(client, "/v1/chat/completions", ASK, admin)["X-LLM-Provider"] == "gemini"
    # Counts reach all workers within a second.
    assert eventually(lambda: _status(client, admin)["providers"][1]["success_rate"] is not None)
    status = _status(client, admin)
    claude, gemini, _ = status["providers"]
    assert status["status"] == "degraded"
    assert (claude["state"], claude["reason"], claude["available"]) == ("open", "credit_exhausted", False)
    assert claude["retry_at"]
    assert set(claude["last_error"]) == {"class", "http_status", "message", "at"}
    assert claude["last_error"]["class"] == "credit_exhausted"
    assert gemini["success_rate"] == 1.0
    assert gemini["latency_ms"]["p50"] > 0
    assert gemini["last_success_at"]


def test_status_says_that_a_provider_answers_after_an_answer(
    client: Client, providers: list[str], sim: Simulator, admin: Person
) -> None:
    sim.fault("claude", "rate_limited", retry_after=60)
    assert _post(client, "/v1/chat/completions", ASK, admin)["X-LLM-Provider"] == "gemini"
    shown = [(each["standing"], each["available"]) for each in _status(client, admin)["providers"]]
    assert shown == [("waits", False), ("answers", True), ("to_be_tried", True)]


def test_a_failed_test_counts_against_the_circuit(
    client: Client, providers: list[str], sim: Simulator, admin: Person
) -> None:
    sim.fault("claude", "wrong_key")
    _post(client, "/api/llm/test", {"provider": "claude"}, admin)
    claude = _status(client, admin)["providers"][0]
    assert (claude["state"], claude["standing"], claude["available"]) == ("open", "out", False)


def test_a_test_calls_each_provider(client: Client, providers: list[str], sim: Simulator, consumer: Person) -> None:
    sim.fault("gemini", "credit")
    results = _post(client, "/api/llm/test", {}, consumer).json()["results"]
    assert [(r["provider"], r["ok"]) for r in results] == [("claude", True), ("gemini", False), ("openai", True)]
    assert set(results[0]) == {"provider", "ok", "latency_ms", "model", "text", "usage", "error"}
    assert results[0]["error"] is None
    assert results[0]["usage"]["total_tokens"] > 0
    assert results[1]["error"]["class"] == "credit_exhausted"
    assert set(results[1]["error"]) == {"class", "http_status", "message"}
    assert Call.objects.filter(origin="test", user_id=consumer.user.pk).count() == 3


def test_a_test_of_one_provider_with_its_own_prompt(
    client: Client, providers: list[str], sim: Simulator, consumer: Person
) -> None:
    answer = _post(client, "/api/llm/test", {"provider": "openai", "prompt": "Say something"}, consumer)
    (result,) = answer.json()["results"]
    assert (result["provider"], result["ok"]) == ("openai", True)
    assert (sim.calls("claude"), sim.calls("openai")) == (0, 1)


def test_a_test_of_an_unknown_provider_is_a_404(client: Client, providers: list[str], consumer: Person) -> None:
    answer = _post(client, "/api/llm/test", {"provider": "nobody"}, consumer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "provider_not_found")


@pytest.mark.parametrize("body", [{"provider": []}, {"prompt": "x" * 2_001}, {"prompt": {}}])
def test_a_bad_test_is_a_400(client: Client, providers: list[str], consumer: Person, body: dict[str, Any]) -> None:
    answer = _post(client, "/api/llm/test", body, consumer)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, list(body))


def test_tests_are_rationed_by_user(
    client: Client, providers: list[str], consumer: Person, other: Person, settings: Any
) -> None:
    settings.LLM = {**settings.LLM, "TEST_RATE": "2/min"}
    body = {"provider": "claude"}
    statuses = [_post(client, "/api/llm/test", body, consumer).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = _post(client, "/api/llm/test", body, consumer)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["error"]["code"] == "rate_limited"
    assert _post(client, "/api/llm/test", body, other).status_code == 200


def test_a_reset_closes_the_circuit_and_names_who_did_it(
    client: Client, providers: list[str], sim: Simulator, admin: Person
) -> None:
    sim.fault("claude", "credit")
    _post(client, "/v1/chat/completions", ASK, admin)
    sim.heal()
    answer = _post(client, "/api/llm/reset-failures", {"provider": "claude"}, admin)
    assert answer.json() == {"reset": ["claude"]}
    event = CircuitEvent.objects.filter(provider="claude").latest("at")
    assert (event.before, event.after, event.by) == ("open", "closed", "ada")
    assert _post(client, "/v1/chat/completions", ASK, admin)["X-LLM-Provider"] == "claude"


def test_a_reset_of_all(client: Client, providers: list[str], admin: Person) -> None:
    assert set(_post(client, "/api/llm/reset-failures", {}, admin).json()["reset"]) == set(providers)


def test_a_reset_of_an_unknown_provider_is_a_404(client: Client, providers: list[str], admin: Person) -> None:
    assert _post(client, "/api/llm/reset-failures", {"provider": "nobody"}, admin).status_code == 404
