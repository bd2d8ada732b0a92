"""`GET /metrics`: who may read it, what it says after a failover, and that callers' words make no series."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from llm.models import Attempt, UsageSum
from llm.services.metrics.totals import shared_totals
from llm.simulator import Simulator
from llm.stores.usage.rollup import roll_up
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = [{"role": "user", "content": "My tap is leaking in Bonapriso"}]
TOKEN = "a-token-of-prometheus"


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str], settings: Any) -> Iterator[httpx2.Client]:
    settings.METRICS_TOKEN = TOKEN
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=100) as client:
        yield client


def read(http: httpx2.Client) -> dict[tuple[str, ...], float]:
    """Every series, counted now: name and values of its labels, by the labels' names -> value."""
    shared_totals.forget()
    answer = http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {
        (s.name, *(value for _, value in sorted(s.labels.items()))): s.value
        for family in families
        for s in family.samples
    }


def ask(http: httpx2.Client, model: str = "default", **headers: str) -> int:
    body = {"model": model, "messages": HELLO}
    return http.post("/v1/chat/completions", json=body, headers=headers).status_code


def test_the_token_and_operators_read_and_no_other(http: httpx2.Client, admin: Person, settings: Any) -> None:
    def status(bearer: str) -> int:
        return http.get("/metrics", headers={"Authorization": f"Bearer {bearer}"}).status_code

    assert (status(TOKEN), status(admin.key), status(TOKEN[:-1]), status("x")) == (200, 200, 401, 401)
    assert http.get("/metrics").status_code == 403, "a consumer's key"
    settings.METRICS_TOKEN = ""
    assert status(TOKEN) == 401, "an empty one opens nothing"


def test_a_failover_is_counted_once_before_and_after_its_hour_is_summed(http: httpx2.Client, sim: Simulator) -> None:
    sim.fault("claude", "rate_limited")
    sim.reply("gemini", cached_tokens=7)
    assert ask(http) == 200
    sim.heal("claude")
    seen = read(http)
    assert seen["llm_failovers_total", "claude", "gemini", "rate_limited"] == 1
    assert seen["llm_attempts_total", "rate_limited", "failed", "claude"] == 1
    assert seen["llm_attempts_total", "", "ok", "gemini"] == 1
    assert (seen["llm_answers_total", "first"], seen["llm_answers_total", "fallback"]) == (0, 1)
    assert seen["llm_cost_usd_total", "gemini"] == float(Attempt.objects.get(provider="gemini").cost_usd or 0) > 0
    assert seen["llm_saved_usd_total", "gemini"] == float(Attempt.objects.get(provider="gemini").saved_usd or 0) > 0
    roll_up(timezone.now() + timedelta(hours=1))
    assert UsageSum.objects.filter(cube="failover", grain="hour", fallbacks=1).count() == 1
    again = read(http)
    counters = {name for name in seen if name[0].endswith("_total")}
    assert {name: again[name] for name in counters} == {name: seen[name] for name in counters}


def test_what_callers_send_makes_no_series(http: httpx2.Client) -> None:
    assert ask(http) == 200
    before = set(read(http))
    for place in range(20):
        assert ask(http, model=f"junk-{place}") == 404
        ask(http, **{"X-Request-ID": f"junk-{place}", "X-LLM-Tags": f"junk-{place}"})
        ask(http, **{"Authorization": f"Bearer junk-{place}"})
    assert set(read(http)) == before


def test_every_name_that_was_promised_is_there(http: httpx2.Client) -> None:
    assert ask(http) == 200
    names = {name for name, *_ in read(http)}
    promised = {
        *("llm_attempts_total", "llm_circuit_state", "llm_resumes_total", "llm_answers_total", "llm_cost_usd_total"),
        *("llm_overhead_seconds_bucket", "llm_journal_backlog", "llm_in_flight", "llm_event_loop_lag_seconds"),
    }
    assert promised <= names
