"""Limits and budgets at the doors: who is refused, how each dialect says so, and what is booked."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from anthropic import APIStatusError as AnthropicError
from anthropic import RateLimitError as AnthropicRateLimit
from django.test import Client
from openai import APIStatusError as OpenAIError
from openai import OpenAI, RateLimitError

from llm.core.budgets.rules import NANO
from llm.models import Attempt, Budget, Call, ConsumerKey, LedgerBooking, LedgerSlot, Limit, Provider, Route, RouteEntry
from llm.services.runtime import call_log
from llm.simulator import Simulator
from llm.stores.budgets.ledger import ledger
from llm.stores.config.changes import announce
from tests.conftest import Live, Person

HELLO: list[Any] = [{"role": "user", "content": "Bonjour"}]


@pytest.fixture
def openai(live: Live, consumer: Person, providers: list[str]) -> OpenAI:
    return OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, max_retries=0)


@pytest.fixture
def anthropic(live: Live, consumer: Person, providers: list[str]) -> Anthropic:
    return Anthropic(base_url=live.url, api_key=consumer.key, max_retries=0)


def _ask(openai: OpenAI, **options: Any) -> Any:
    return openai.chat.completions.create(model=options.pop("model", "default"), messages=HELLO, **options)


def _asked(sim: Simulator) -> int:
    return sum(sim.calls(name) for name in ("claude", "gemini", "openai"))


def test_a_limit_is_a_429_with_the_headers_that_openais_clients_read(openai: OpenAI, sim: Simulator) -> None:
    Limit.objects.create(name="calm", requests_per_minute=2)
    for _ in range(2):
        _ask(openai)
    with pytest.raises(RateLimitError) as refused:
        _ask(openai)
    headers = refused.value.response.headers
    assert 1 <= int(headers["Retry-After"]) < 60
    assert (headers["x-ratelimit-limit-requests"], headers["x-ratelimit-remaining-requests"]) == ("2", "0")
    assert headers["x-ratelimit-reset-requests"].endswith("s")
    assert refused.value.code == "rate_limit_exceeded"
    assert _asked(sim) == 2


def test_a_limit_is_a_429_with_the_headers_that_anthropics_clients_read(anthropic: Anthropic) -> None:
    Limit.objects.create(name="calm", requests_per_minute=1)
    anthropic.messages.create(model="default", max_tokens=20, messages=HELLO)
    with pytest.raises(AnthropicRateLimit) as refused:
        anthropic.messages.create(model="default", max_tokens=20, messages=HELLO)
    headers = refused.value.response.headers
    assert int(headers["Retry-After"]) >= 1
    assert headers["anthropic-ratelimit-requests-limit"] == "1"
    reset = datetime.fromisoformat(headers["anthropic-ratelimit-requests-reset"])
    assert reset - datetime.now(UTC) < timedelta(seconds=65)
    assert not any(name.startswith("x-ratelimit") for name in headers)
    assert refused.value.body["error"]["type"] == "rate_limit_error"  # type: ignore[index]


def test_a_streamed_request_is_refused_alike(openai: OpenAI, anthropic: Anthropic) -> None:
    Limit.objects.create(name="calm", tokens_per_minute=1)
    with pytest.raises(RateLimitError):
        _ask(openai, stream=True)
    with pytest.raises(AnthropicRateLimit):
        anthropic.messages.create(model="default", max_tokens=20, messages=HELLO, stream=True)


def test_a_spent_budget_is_a_402_with_its_renewal(openai: OpenAI, anthropic: Anthropic, sim: Simulator) -> None:
    Budget.objects.create(name="month", usd=0, zone="Africa/Douala")
    with pytest.raises(OpenAIError) as refused:
        _ask(openai)
    assert (refused.value.status_code, refused.value.code) == (402, "budget_exceeded")
    assert datetime.fromisoformat(refused.value.response.headers["X-LLM-Budget-Renews"]).day in (1, 30, 31, 28, 29)
    with pytest.raises(AnthropicError) as billed:
        anthropic.messages.create(model="default", max_tokens=20, messages=HELLO)
    assert billed.value.status_code == 402
    assert billed.value.body["error"]["type"] == "billing_error"  # type: ignore[index]
    assert _asked(sim) == 0
    assert not Call.objects.exists()


def test_our_own_door_says_it_in_our_own_shape(live: Live, consumer: Person, providers: list[str]) -> None:
    Budget.objects.create(name="all", usd=0, span="total")
    answer = httpx2.post(
        f"{live.url}/api/ai-suggestions/generate", json={"message": "Bonjour"}, headers=consumer.headers
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "budget_exceeded")


def test_what_a_call_costs_is_booked_once_to_every_budget_that_applies(openai: OpenAI, consumer: Person) -> None:
    mine = Budget.objects.create(name="mine", usd=5, scope="consumer", target="alice")
    claudes = Budget.objects.create(name="claudes", tokens=100_000, scope="provider", target="claude", span="day")
    Budget.objects.create(name="others", usd=5, scope="consumer", target="bob")
    for _ in range(3):
        _ask(openai)
    call_log.flush()
    cost = sum(Attempt.objects.values_list("cost_usd", flat=True), Decimal(0))
    tokens = sum(one.input_tokens + one.output_tokens for one in Attempt.objects.all())
    spent = dict(LedgerSlot.objects.values_list("account", "spent"))
    assert spent == {f"budget:{mine.pk}": cost * NANO, f"budget:{claudes.pk}": tokens}
    assert LedgerBooking.objects.count() == 6
    assert ledger.held() == 0


def test_failed_attempts_are_booked_too(openai: OpenAI, sim: Simulator) -> None:
    budget = Budget.objects.create(name="all", tokens=100_000)
    sim.fault("claude", "cut", chunks=9)
    list(_ask(openai, stream=True))
    call_log.flush()
    assert Attempt.objects.count() == 2
    tokens = sum(one.input_tokens + one.output_tokens for one in Attempt.objects.all())
    assert LedgerSlot.objects.get(account=f"budget:{budget.pk}").spent == tokens


def test_a_provider_without_budget_is_passed_over(openai: OpenAI) -> None:
    Budget.objects.create(name="claudes", usd=0, scope="provider", target="claude")
    assert _ask(openai).model.startswith("gemini")
    call_log.flush()
    assert ("claude", "budget") in [(skip["provider"], skip["reason"]) for skip in Call.objects.get().skips]


def test_at_the_limit_a_call_may_take_a_cheaper_route(openai: OpenAI) -> None:
    route = Route.objects.create(name="cheap")
    RouteEntry.objects.create(route=route, provider=Provider.objects.get(name="openai"))
    Budget.objects.create(name="dear", usd=0, at_limit="route", cheaper_route="cheap")
    assert _ask(openai).model.startswith("gpt")
    call_log.flush()
    assert Call.objects.get().route == "cheap"


def test_a_call_does_not_take_a_cheaper_route_that_its_key_may_not_ask(openai: OpenAI, sim: Simulator) -> None:
    Route.objects.create(name="cheap")
    Budget.objects.create(name="dear", usd=0, at_limit="route", cheaper_route="cheap")
    ConsumerKey.objects.update(routes=["default"])
    announce()
    with pytest.raises(OpenAIError, match="budget"):
        _ask(openai)
    assert _asked(sim) == 0


def test_at_the_limit_a_call_may_get_the_static_answer(openai: OpenAI, sim: Simulator) -> None:
    Budget.objects.create(name="all", usd=0, at_limit="static")
    assert _ask(openai).model == "static"
    with pytest.raises(OpenAIError, match="budget"):
        _ask(openai, extra_body={"static": False})
    assert _asked(sim) == 0


def test_soft_budgets_stop_nothing_and_are_booked(openai: OpenAI) -> None:
    Budget.objects.create(name="all", tokens=1, soft=True)
    _ask(openai)
    call_log.flush()
    assert LedgerSlot.objects.get().spent > 1


@pytest.mark.parametrize(
    ("facts", "answers"),
    [
        ({}, False),
        ({"unpriced": "bound", "unpriced_usd": 10}, True),
        ({"unpriced": "bound", "unpriced_usd": 5000}, False),
    ],
)
def test_a_model_without_a_price_is_refused_or_bounded(
    openai: OpenAI, sim: Simulator, facts: dict[str, Any], answers: bool
) -> None:
    sim.set_models("claude", ["unheard-of-7"])
    Provider.objects.update(model="unheard-of-7")
    budget = Budget.objects.create(name="all", usd="0.1", **facts)
    if not answers:
        with pytest.raises(OpenAIError) as refused:
            _ask(openai, max_tokens=1000)
        assert refused.value.status_code == 402
        return
    _ask(openai, max_tokens=1000)
    call_log.flush()
    attempt = Attempt.objects.get()
    booked = LedgerSlot.objects.get(account=f"budget:{budget.pk}").spent
    assert booked == (attempt.input_tokens + attempt.output_tokens) * 10_000


def test_a_store_that_is_away_refuses_what_is_beyond_the_slices(openai: OpenAI, monkeypatch: Any) -> None:
    from django.db import OperationalError

    from llm.stores.budgets import ledger as module
    from llm.stores.budgets import rows

    def gone(*_: Any) -> None:
        raise OperationalError("gone")

    Budget.objects.create(name="all", usd=100)
    monkeypatch.setattr(rows, "exchange", gone)
    monkeypatch.setattr(module, "WAIT_S", 0.2)
    with pytest.raises(OpenAIError) as refused:
        _ask(openai)
    assert (refused.value.status_code, refused.value.code) == (503, "limits_unavailable")
    assert refused.value.response.headers["Retry-After"] == "1"


Road = Callable[[], Any]


def test_no_road_to_a_vendor_passes_without_the_gate(
    live: Live, admin: Person, providers: list[str], sim: Simulator, openai: OpenAI, anthropic: Anthropic, settings: Any
) -> None:
    """Both doors, our applications, tests, probes, playground, commands, other code: each asks the same gate."""
    from django.core.management import CommandError, call_command

    from llm.ai_service import AIService
    from llm.core.exceptions import NotAdmitted
    from llm.services.probes.run import probe_sync

    Budget.objects.create(name="all", usd=0, span="total")

    def post(path: str, **body: Any) -> None:
        httpx2.post(f"{live.url}/{path}", json=body, headers=admin.headers, timeout=30)

    def conversation() -> None:
        made = httpx2.post(f"{live.url}/api/conversations", json={}, headers=admin.headers).json()
        post(f"api/conversations/{made['id']}/messages", message="Bonjour")
        post(f"api/conversations/{made['id']}/messages", message="Bonjour", stream=True)

    browser = Client()
    browser.force_login(admin.user)
    token = "a" * 32
    cookies = {"sessionid": browser.cookies["sessionid"].value, "csrftoken": token}

    def playground(target: str, *, stream: bool) -> None:
        body = {"target": target, "messages": [{"role": "user", "text": "Bonjour"}], "stream": stream}
        address = f"{live.url}/admin/playground/ask/"
        answer = httpx2.post(address, json=body, cookies=cookies, headers={"X-CSRFToken": token}, timeout=30)
        assert answer.status_code == 200

    roads: list[Road] = [
        lambda: playground("route:default", stream=True),
        lambda: playground("provider:gemini", stream=False),
        lambda: _ask(openai),
        lambda: _ask(openai, stream=True),
        lambda: _ask(openai, model="claude", extra_body={"fallbacks": []}),
        lambda: anthropic.messages.create(model="default", max_tokens=20, messages=HELLO),
        lambda: anthropic.messages.create(model="default", max_tokens=20, messages=HELLO, stream=True),
        lambda: post("api/ai-suggestions/generate", message="Bonjour"),
        lambda: post("api/conversations", message="Bonjour"),
        conversation,
        lambda: post("api/llm/test"),
        lambda: probe_sync("claude", live=True),
        lambda: call_command("llm_ask", "Bonjour"),
        lambda: call_command("llm_healthcheck", "--live"),
        lambda: AIService().generate_sync("Bonjour"),
    ]
    sim.reset()
    for road in roads:
        with suppress(OpenAIError, AnthropicError, NotAdmitted, CommandError, SystemExit):
            road()
    assert _asked(sim) == 0
    Budget.objects.all().delete()
    for place, road in enumerate(roads):
        before = _asked(sim)
        with suppress(SystemExit):
            road()
        assert _asked(sim) > before, place  # it does lead to a vendor


def test_every_view_that_can_reach_a_vendor_calls_the_gated_service() -> None:
    """Only the gated service runs the router, and only the adapters' owner and the emergency call build adapters."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[3]
    sources = [
        path for top in ("llm", "web", "suggestions", "conversations", "djobea") for path in (root / top).rglob("*.py")
    ]
    users = {
        words: {str(path.relative_to(root)) for path in sources if words in path.read_text()}
        for words in ("router.run(", "admission.admit(", "adapters.build", "run_attempt(")
    }
    assert (
        users["router.run("]
        == users["admission.admit("]
        == {
            "llm/services/calls/run.py",
            "llm/services/catalogue/capabilities/run.py",
        }
    )
    assert users["run_attempt("] == {
        "llm/gateway/attempt.py",
        "llm/gateway/hedging/race.py",
        "llm/gateway/router.py",
    }
    assert users["adapters.build"] == {"llm/services/runtime.py", "llm/ai_service.py"}
