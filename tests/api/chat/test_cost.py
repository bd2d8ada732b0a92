"""One number: an answer's header, its record, and what the API shows of it, to the last digit."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from llm.models import Attempt, Call, Provider
from llm.simulator import Simulator
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "J'ai une fuite d'eau à Bonapriso"
BY_ENDPOINT: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": "default", "messages": [{"role": "user", "content": QUESTION}]},
    "/v1/messages": {"model": "default", "max_tokens": 300, "messages": [{"role": "user", "content": QUESTION}]},
    "/api/ai-suggestions/generate": {"message": QUESTION},
    "/api/conversations": {"message": QUESTION},
}


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=30) as client:
        yield client


def shown(http: httpx2.Client, admin: Person, call: Call) -> dict[str, Any]:
    answer = http.get(f"/api/llm/calls/{call.pk}", headers=admin.headers)
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("address", BY_ENDPOINT)
def test_header_record_and_api_show_one_cost(http: httpx2.Client, sim: Simulator, admin: Person, address: str) -> None:
    sim.reply("claude", cached_tokens=7) if "suggest" not in address else None
    answer = http.post(address, json=BY_ENDPOINT[address])
    assert answer.is_success, answer.text
    cost = answer.headers["X-LLM-Cost"]
    call = Call.objects.get()
    found = shown(http, admin, call)
    [attempt] = found["attempts"]
    assert cost == found["cost_usd"] == attempt["cost_usd"] == f"{call.cost_usd:.9f}"
    assert Decimal(cost) > 0
    parts = sum(Decimal(part) for part in attempt["cost_parts"].values())
    assert parts.quantize(Decimal("1e-9")) == Decimal(cost)
    assert attempt["price_version"].startswith("genai-prices ")


def test_what_the_vendor_reports_is_stored_as_reported_and_as_priced(
    http: httpx2.Client, sim: Simulator, admin: Person
) -> None:
    usage = {
        "input_tokens": 100,
        "cache_read_input_tokens": 900,
        "cache_creation_input_tokens": 500,
        "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 300},
        "output_tokens": 10,
        "server_tool_use": {"web_search_requests": 2},
        "service_tier": "batch",
        "inference_geo": "us",
    }
    sim.reply("claude", "Bonjour", usage=usage)
    answer = http.post("/v1/chat/completions", json=BY_ENDPOINT["/v1/chat/completions"])
    [attempt] = shown(http, admin, Call.objects.get())["attempts"]
    assert {name: attempt[name] for name in ("input_tokens", "cached_tokens", "cache_written_tokens")} == {
        "input_tokens": 1500,
        "cached_tokens": 900,
        "cache_written_tokens": 500,
    }
    assert (attempt["cache_written_1h_tokens"], attempt["units"]) == (300, {"web_searches": 2})
    assert (attempt["tier"], attempt["region"], attempt["answered_model"]) == ("batch", "us", "claude-sonnet-5-5")
    assert attempt["reported"]["cache_creation"] == usage["cache_creation"]
    assert attempt["cost_parts"] == {  # 1.1 times half of 2, 0.1, 2.5, 4 and 10 dollars a million; 10 a thousand
        "input": "0.00011",
        "cache_read": "0.0000495",
        "cache_write_5m": "0.000275",
        "cache_write_1h": "0.00066",
        "output": "0.000055",
        "web_searches": "0.02",
    }
    assert attempt["saved_usd"] == "0.000940500", "900 tokens at 1.1 instead of 0.055 dollars a million"
    assert answer.headers["X-LLM-Cost"] == "0.021149500"


def test_a_model_without_a_price_is_unpriced_and_never_free(http: httpx2.Client, sim: Simulator, admin: Person) -> None:
    Provider.objects.filter(name="claude").update(enabled=False)
    Provider.objects.filter(name="gemini").update(enabled=False)
    house = Provider.objects.get(name="openai")
    house.model = "house-model-1"
    house.save()
    sim.set_models("openai", ["house-model-1"])
    answer = http.post("/v1/chat/completions", json=BY_ENDPOINT["/v1/chat/completions"])
    assert answer.is_success, answer.text
    assert answer.headers["X-LLM-Provider"] == "openai"
    assert "X-LLM-Cost" not in answer.headers
    found = shown(http, admin, Call.objects.get())
    assert (found["cost_usd"], found["unpriced_attempts"]) == (None, 1)
    assert (found["attempts"][0]["cost_usd"], found["attempts"][0]["unpriced"]) == (None, True)


def test_a_failed_attempt_is_part_of_the_cost(http: httpx2.Client, sim: Simulator) -> None:
    sim.fault("claude", "empty")
    answer = http.post("/v1/chat/completions", json=BY_ENDPOINT["/v1/chat/completions"])
    costs = list(Attempt.objects.values_list("cost_usd", flat=True))
    assert len(costs) > 1
    assert Decimal(answer.headers["X-LLM-Cost"]) == sum(cost for cost in costs if cost) == Call.objects.get().cost_usd


def test_the_cost_of_a_stream_is_in_its_record_only(http: httpx2.Client, sim: Simulator) -> None:
    answer = http.post("/v1/chat/completions", json={**BY_ENDPOINT["/v1/chat/completions"], "stream": True})
    assert "X-LLM-Cost" not in answer.headers
    cost = Call.objects.get().cost_usd
    assert cost is not None
    assert cost > 0
