"""The rights of a key hold at every door, before a vendor is asked, and after a failover."""

from typing import Any

import httpx2 as httpx
import pytest

from llm.models import Call, ConsumerKey
from llm.simulator import Simulator
from tests.conftest import Live, Person

MESSAGES = [{"role": "user", "content": "Bonjour"}]
DOORS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"model": "default", "messages": MESSAGES}),
    "messages": ("/v1/messages", {"model": "default", "max_tokens": 20, "messages": MESSAGES}),
    "count_tokens": ("/v1/messages/count_tokens", {"model": "default", "messages": MESSAGES}),
    "suggestions": ("/api/ai-suggestions/generate", {"message": "Mon robinet fuit"}),
    "conversations": ("/api/conversations", {"message": "Mon robinet fuit"}),
    "test": ("/api/llm/test", {"provider": "claude"}),
}


def bound(**fields: Any) -> None:
    """Bounds the only key."""
    key = ConsumerKey.objects.get()
    for name, value in fields.items():
        setattr(key, name, value)
    key.full_clean()
    key.save()


def ask(live: Live, person: Person, door: str, **fields: Any) -> Any:
    path, body = DOORS[door]
    return httpx.post(f"{live.url}{path}", json={**body, **fields}, headers=person.headers, timeout=30)


def asked_vendors(sim: Simulator) -> int:
    return Call.objects.exclude(attempts_made=0).count()


@pytest.mark.parametrize("door", DOORS)
def test_a_key_may_not_use_a_door_it_has_no_right_to(
    door: str, live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    bound(endpoints=["models"])
    answer = ask(live, consumer, door)
    assert answer.status_code == 403
    assert door in answer.text
    assert not Call.objects.exists()


@pytest.mark.parametrize("door", DOORS)
def test_a_key_without_a_right_to_any_provider_is_refused_at_each_door(
    door: str, live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    bound(providers=["none"], routes=[] if door == "test" else ["none"])
    answer = ask(live, consumer, door)
    assert answer.status_code == 403, answer.text
    assert not Call.objects.exists()


def test_each_dialect_has_its_own_refusal(live: Live, consumer: Person, providers: list[str]) -> None:
    bound(streaming=False, max_tokens=50)
    chat = ask(live, consumer, "chat", stream=True)
    assert (chat.status_code, chat.json()["error"]["code"]) == (403, "not_allowed")
    assert chat.json()["error"]["param"] == "streaming"
    message = ask(live, consumer, "messages", max_tokens=51)
    assert (message.status_code, message.json()["type"]) == (403, "error")
    assert message.json()["error"]["type"] == "permission_error"
    assert "at most 50 tokens" in message.json()["error"]["message"]


def test_a_key_may_not_come_from_another_network(live: Live, consumer: Person, providers: list[str]) -> None:
    bound(networks=["192.0.2.0/24"])
    assert ask(live, consumer, "chat").status_code == 403
    bound(networks=["127.0.0.0/8"])
    assert ask(live, consumer, "chat").status_code == 200


def test_the_sender_cannot_name_another_network_itself(live: Live, consumer: Person, providers: list[str]) -> None:
    bound(networks=["192.0.2.0/24"])
    headers = {**consumer.headers, "X-Forwarded-For": "192.0.2.7"}
    path, body = DOORS["chat"]
    assert httpx.post(f"{live.url}{path}", json=body, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [("192.0.2.7", 200), ("198.51.100.9, 192.0.2.7", 200), ("192.0.2.7, 198.51.100.9", 403), ("no address", 403)],
)
def test_behind_a_proxy_the_address_that_it_wrote_last_counts(
    live: Live, consumer: Person, providers: list[str], settings: Any, forwarded: str, status: int
) -> None:
    settings.BEHIND_TLS_PROXY = True
    bound(networks=["192.0.2.0/24"])
    headers = {**consumer.headers, "X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
    path, body = DOORS["chat"]
    assert httpx.post(f"{live.url}{path}", json=body, headers=headers, timeout=30).status_code == status


def test_a_failover_does_not_reach_a_provider_that_the_key_may_not_ask(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    bound(providers=["claude", "openai"])
    sim.fault("claude", "credit")
    assert ask(live, consumer, "chat").json()["model"]
    call = Call.objects.get()
    assert call.provider == "openai"
    assert ("gemini", "not_allowed") in [(skip["provider"], skip["reason"]) for skip in call.skips]


def test_the_models_list_shows_only_what_the_key_may_ask(live: Live, consumer: Person, providers: list[str]) -> None:
    bound(providers=["claude"])
    names = {m["id"] for m in httpx.get(f"{live.url}/v1/models", headers=consumer.headers).json()["data"]}
    assert "claude" in names
    assert not names & {"gemini", "openai"}
    assert httpx.get(f"{live.url}/v1/models/gemini", headers=consumer.headers).status_code == 404


def test_tags_are_recorded_and_a_bad_one_is_named(live: Live, consumer: Person, providers: list[str]) -> None:
    path, body = DOORS["chat"]
    headers = {**consumer.headers, "X-LLM-Tags": "app:shop, eu"}
    told = {**body, "metadata": {"tags": "eu,v2"}}
    assert httpx.post(f"{live.url}{path}", json=told, headers=headers).status_code == 200
    assert Call.objects.get().tags == ["app:shop", "eu", "v2"]
    refused = httpx.post(f"{live.url}{path}", json=body, headers={**headers, "X-LLM-Tags": "a b"})
    assert refused.status_code == 400
    assert "X-LLM-Tags" in refused.text


def test_a_bound_key_that_names_an_unknown_provider_gets_the_same_answer_as_any_other(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    unbound = ask(live, consumer, "chat", fallbacks=["nobody"])
    bound(models=["*"])
    answer = ask(live, consumer, "chat", fallbacks=["nobody"])
    assert (answer.status_code, unbound.status_code) == (400, 400)
    assert "nobody" in answer.text
