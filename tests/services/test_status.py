"""The status: figures that change with every call, without a request to a vendor."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from llm.core.calls import Answer
from llm.core.chat.request import ChatRequest, Role, message
from llm.models import Provider, Route, RouteEntry
from llm.services import portal
from llm.services.calls.run import complete_sync
from llm.services.providers import set_api_key
from llm.services.status import (
    LATENCY_SAMPLE,
    ProviderStatus,
    _measure,
    current_status_sync,
    health_summary,
    percentile,
)
from llm.services.wallets.state import recent_wallets
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from tests.admin.console.log import call
from tests.stores.circuits.weather import gone
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def ask() -> Answer:
    return complete_sync(ChatRequest(messages=(message(Role.USER, "hello"),), language="en"))


def of(name: str) -> ProviderStatus:
    return next(p for p in current_status_sync().providers if p.name == name)


def summary() -> tuple[str, int, int]:
    result = portal.run(health_summary)
    return result.status, result.active_providers, result.total_providers


def switch(name: str, **fields: object) -> None:
    row = Provider.objects.get(name=name)
    for field, value in fields.items():
        setattr(row, field, value)
    row.save()


def test_a_worker_without_the_circuit_store_says_since_when(sim: Simulator, providers: list[str]) -> None:
    assert current_status_sync().offline_since is None
    with gone("llm_circuit"):
        before = datetime.now(UTC)
        circuit_store.forget()  # so that the next read queries the database
        assert current_status_sync().offline_since >= before
    assert eventually(lambda: current_status_sync().offline_since is None)


def test_before_the_first_call_what_is_unknown_is_none(sim: Simulator, providers: list[str]) -> None:
    status = current_status_sync()
    assert (status.status, status.chain) == ("healthy", ("claude", "gemini", "openai", "static"))
    claude = of("claude")
    assert (claude.state, claude.available, claude.success_rate, claude.reason) == ("closed", True, None, None)
    assert (claude.latency_ms.p50, claude.last_success_at, claude.last_error) == (None, None, None)
    assert sim.counts("claude").models == 0


def test_calls_move_the_numbers_at_once(sim: Simulator, providers: list[str]) -> None:
    for _ in range(3):
        ask()
    claude = of("claude")
    assert (claude.window.seconds, claude.window.calls, claude.window.failures) == (60, 3, 0)
    assert claude.success_rate == 1.0
    assert claude.latency_ms.p50 is not None
    assert claude.latency_ms.p95 is not None
    assert claude.latency_ms.p50 <= claude.latency_ms.p95
    assert claude.last_success_at is not None


def test_failures_show_with_their_last_error(sim: Simulator, providers: list[str]) -> None:
    ask()
    sim.fault("claude", "unavailable")
    ask()
    claude = of("claude")
    assert claude.window.failures == claude.consecutive_failures == sim.calls("claude") - 1
    assert claude.success_rate == pytest.approx(1 / sim.calls("claude"), abs=1e-4)
    assert claude.last_error is not None
    assert (claude.last_error.error_class, claude.last_error.http_status) == ("server_error", 503)
    sim.heal("claude")
    ask()
    assert of("claude").consecutive_failures == 0


def test_missing_credit_shows_with_its_reason_and_time(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    ask()
    claude = of("claude")
    assert (claude.state, claude.available, claude.reason) == ("open", False, "credit_exhausted")
    assert claude.since is not None
    assert claude.retry_at is not None
    assert claude.retry_at > datetime.now(UTC)
    assert current_status_sync().status == "degraded"
    assert summary() == ("degraded", 2, 3)


def test_a_limited_provider_is_closed_but_not_available(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "rate_limited", retry_after=60)
    ask()
    claude = of("claude")
    assert (claude.state, claude.available, claude.reason) == ("closed", False, "rate_limited")
    assert claude.retry_at is not None


def test_when_all_are_down_none_is_available(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")
    ask()
    assert current_status_sync().status == "unavailable"
    assert summary() == ("unavailable", 0, 3)


def test_a_switched_off_provider_is_shown_but_counts_for_nothing(providers: list[str]) -> None:
    switch("gemini", enabled=False)
    gemini = of("gemini")
    assert (gemini.state, gemini.available) == ("disabled", False)
    assert current_status_sync().chain == ("claude", "openai", "static")
    assert summary() == ("healthy", 2, 2)


def test_a_provider_without_a_key_says_so(providers: list[str]) -> None:
    set_api_key(Provider.objects.get(name="gemini"), "")
    gemini = of("gemini")
    assert (gemini.available, gemini.reason) == (False, "no_key")
    assert summary() == ("degraded", 2, 3)


def test_the_chain_has_the_order_of_the_default_route(providers: list[str]) -> None:
    route = Route.objects.get(name="default")
    for priority, name in enumerate(("openai", "claude", "gemini")):
        RouteEntry.objects.create(route=route, provider=Provider.objects.get(name=name), priority=priority)
    assert current_status_sync().chain == ("openai", "claude", "gemini", "static")


def test_without_any_provider_nothing_is_available() -> None:
    assert summary() == ("unavailable", 0, 0)
    assert current_status_sync().chain == ("static",)


@pytest.mark.parametrize("table", ["llm_attempt", "llm_circuit", "llm_configversion"])
def test_without_the_database_what_is_known_is_shown_and_the_rest_is_none(
    sim: Simulator, providers: list[str], table: str
) -> None:
    sim.fault("claude", "credit")
    ask()
    with gone(table):
        claude = of("claude")
        assert (claude.state, claude.reason) == ("open", "credit_exhausted")
        assert summary() == ("degraded", 2, 3)
        if table == "llm_attempt":
            assert of("gemini").latency_ms.p50 is None


def test_nothing_that_is_shown_holds_a_key(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "wrong_key")
    ask()
    assert "simulated-key" not in repr(current_status_sync())


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_percentile_is_the_smallest_value_that_enough_others_do_not_exceed(values: list[float], share: float) -> None:
    ordered = sorted(round(value, 1) for value in values)
    value = percentile(ordered, share)
    assert value in ordered
    assert value is not None
    assert sum(other <= value for other in ordered) >= share * len(ordered) - 1e-9
    assert sum(other < value for other in ordered) < share * len(ordered)


def test_percentiles_by_nearest_rank() -> None:
    assert percentile([], 0.5) is None
    assert percentile([1.0, 2.0], 0.5) == 1.0
    assert percentile([float(n) for n in range(1, 21)], 0.95) == 19.0


def test_the_latency_is_of_each_provider_s_newest_answers_in_two_queries(providers: list[str]) -> None:
    now = datetime.now(UTC)
    for number in range(LATENCY_SAMPLE + 20):
        attempted("claude", now - timedelta(seconds=number), 10.0 if number < LATENCY_SAMPLE else 99_999.0)
    attempted("gemini", now - timedelta(minutes=5), 70.0)
    attempted("gemini", now - timedelta(hours=5), 99_999.0)
    since = now - timedelta(minutes=15)
    recent_wallets.read()  # kept in memory for a while
    with CaptureQueriesContext(connection) as captured:
        found = _measure(["claude", "gemini", "openai"], since)
    assert {name: (one.latency.p50, one.latency.p95) for name, one in found.items()} == {
        "claude": (10.0, 10.0),
        "gemini": (70.0, 70.0),
        "openai": (None, None),
    }
    assert found["gemini"].last_success_at == now - timedelta(minutes=5)
    assert len(captured) == 2


def attempted(provider: str, at: datetime, duration_ms: float) -> None:
    row = call((provider, ""), at=at)
    row.attempts.update(duration_ms=duration_ms)
