"""Idempotency-Keys over real HTTP: which answers a repeated request gets again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from llm.idempotency import claims as idempotency
from llm.models import Call, IdempotentAnswer
from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.stores.circuits.weather import gone
from tests.waiting import eventually
from tests.web.leaving import leaves_during
from tests.web.repeats import ASK, CHAT, KEY, REPLAYED, STREAM, asked

pytestmark = pytest.mark.django_db(transaction=True)

SUGGEST = "/api/ai-suggestions/generate"
TALKS = "/api/conversations"
REQUESTS = [
    (CHAT, ASK),
    (CHAT, STREAM),
    ("/v1/messages", {**ASK, "max_tokens": 100}),
    ("/v1/messages", {**STREAM, "max_tokens": 100}),
    (SUGGEST, {"message": "My tap is leaking"}),
]


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=60) as client:
        yield client


def _ours(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("x-llm-")}


@pytest.mark.parametrize(("path", "body"), REQUESTS)
def test_a_repeat_gets_the_same_answer_and_no_vendor_is_called(
    http: httpx2.Client, sim: Simulator, path: str, body: dict[str, Any]
) -> None:
    sim.fault("claude", "credit")
    first = http.post(path, json=body, headers=KEY)
    seen = asked(sim)
    again = http.post(f"{path}/", json=dict(reversed(body.items())), headers={**KEY, "X-Request-ID": "the-second"})
    assert first.status_code == again.status_code == 200
    assert again.content == first.content
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert _ours(again) == _ours(first)
    assert _ours(first)["x-llm-provider"] == "gemini"
    assert (first.headers.get(REPLAYED), again.headers[REPLAYED]) == (None, "true")
    assert again.headers["X-Request-ID"] == "the-second"
    assert asked(sim) == seen
    assert Call.objects.count() == 1


def test_a_replayed_stream_is_an_event_stream_for_proxies_too(http: httpx2.Client) -> None:
    first, again = (http.post(CHAT, json=STREAM, headers=KEY) for _ in range(2))
    assert again.headers[REPLAYED] == "true"
    assert again.text.endswith("data: [DONE]\n\n")
    for name in ("Cache-Control", "X-Accel-Buffering", "Content-Type"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize("stream", [False, True])
def test_a_repeated_message_is_stored_once(http: httpx2.Client, sim: Simulator, stream: bool) -> None:
    talk = http.post(TALKS).json()["id"]
    body = {"message": "J'ai une fuite d'eau", "stream": stream}
    first, again = (http.post(f"{TALKS}/{talk}/messages", json=body, headers=KEY) for _ in range(2))
    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert [turn["role"] for turn in http.get(f"{TALKS}/{talk}").json()["turns"]] == ["user", "assistant"]
    assert asked(sim) == 1


def test_a_repeated_opening_makes_one_conversation(http: httpx2.Client) -> None:
    first, again = (http.post(TALKS, json={"message": "J'ai une fuite d'eau"}, headers=KEY) for _ in range(2))
    assert (again.status_code, again.headers["Location"]) == (201, first.headers["Location"])
    assert len(http.get(TALKS).json()["conversations"]) == 1


def test_another_body_under_the_same_key_is_refused_by_name(http: httpx2.Client, sim: Simulator) -> None:
    http.post(CHAT, json=ASK, headers=KEY)
    for body in ({**ASK, "temperature": 0.5}, STREAM):
        refused = http.post(CHAT, json=body, headers=KEY)
        assert refused.status_code == 422
        error = refused.json()["error"]
        assert (error["code"], error["param"]) == ("idempotency_key_reused", "Idempotency-Key")
    assert asked(sim) == 1


def test_the_same_key_is_another_one_elsewhere_and_for_others(
    http: httpx2.Client, live: Live, other: Person, sim: Simulator
) -> None:
    mine = http.post(CHAT, json=ASK, headers=KEY)
    theirs = httpx2.post(f"{live.url}{CHAT}", json=ASK, headers={**KEY, **other.headers}, trust_env=False, timeout=60)
    elsewhere = http.post(SUGGEST, json={"message": "My tap is leaking"}, headers=KEY)
    for answer in (theirs, elsewhere):
        assert answer.status_code == 200
        assert REPLAYED not in answer.headers
    assert theirs.json()["id"] != mine.json()["id"]
    assert asked(sim) == 3


def test_two_keys_of_one_user_do_not_share_answers(
    http: httpx2.Client, live: Live, consumer: Person, sim: Simulator
) -> None:
    from llm.stores.config.keys import create

    http.post(CHAT, json=ASK, headers=KEY)
    _, second = create(consumer.user, name="another program")
    headers = {**KEY, "Authorization": f"Bearer {second}"}
    assert REPLAYED not in httpx2.post(f"{live.url}{CHAT}", json=ASK, headers=headers, trust_env=False).headers
    assert asked(sim) == 2


def test_without_a_key_each_request_is_a_new_one(http: httpx2.Client, sim: Simulator) -> None:
    assert http.post(CHAT, json=ASK).json()["id"] != http.post(CHAT, json=ASK).json()["id"]
    assert asked(sim) == 2
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize("key", ["", "k" * 256, "two words", b"cl\xe9"])
@pytest.mark.parametrize("path", [CHAT, SUGGEST, TALKS])
def test_a_key_that_cannot_be_is_a_400_that_names_the_header(
    http: httpx2.Client, sim: Simulator, path: str, key: str | bytes
) -> None:
    refused = http.post(path, json=ASK, headers={"Idempotency-Key": key})  # type: ignore[dict-item]  # bytes go too
    assert refused.status_code == 400
    assert "Idempotency-Key" in refused.json()["error"]["message"]
    assert asked(sim) == 0


def test_who_is_not_let_in_learns_nothing_of_keys(http: httpx2.Client, live: Live) -> None:
    http.post(CHAT, json=ASK, headers=KEY)
    refused = httpx2.post(f"{live.url}{CHAT}", json=ASK, headers=KEY, trust_env=False)
    assert refused.status_code == 401


@pytest.mark.parametrize("body", [ASK, STREAM])
def test_what_a_vendor_rejects_is_rejected_again_without_asking(
    http: httpx2.Client, sim: Simulator, providers: list[str], body: dict[str, Any]
) -> None:
    for name in providers:
        sim.fault(name, "invalid_request")
    first = http.post(CHAT, json=body, headers=KEY)
    seen = asked(sim)
    again = http.post(CHAT, json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (422, 422)
    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert asked(sim) == seen


@pytest.mark.parametrize(("path", "body"), REQUESTS)
def test_the_static_answer_is_not_kept_for_a_day(
    http: httpx2.Client, sim: Simulator, providers: list[str], path: str, body: dict[str, Any]
) -> None:
    for name in providers:
        sim.fault(name, "overloaded")
    assert http.post(path, json=body, headers=KEY).headers["X-LLM-Degraded"] == "true"
    sim.heal()
    _well_again(http)
    again = http.post(path, json=body, headers=KEY)
    assert again.headers["X-LLM-Degraded"] == "false"
    assert REPLAYED not in again.headers


def test_a_5xx_is_not_kept(http: httpx2.Client, sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "overloaded")
    assert http.post(CHAT, json={**ASK, "static": False}, headers=KEY).status_code == 503
    sim.heal()
    _well_again(http)
    assert http.post(CHAT, json={**ASK, "static": False}, headers=KEY).status_code == 200


def test_a_broken_stream_is_not_kept(http: httpx2.Client, sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "cut", chunks=2)
    assert "[DONE]" not in http.post(CHAT, json=STREAM, headers=KEY).text
    sim.heal()
    _well_again(http)
    again = http.post(CHAT, json=STREAM, headers=KEY)
    assert again.text.endswith("data: [DONE]\n\n")
    assert REPLAYED not in again.headers


def test_an_answer_that_is_too_long_to_keep_is_given_all_the_same(
    http: httpx2.Client, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm.idempotency.keys.MOST_BYTES", 10)
    for body in (ASK, STREAM):
        answers = [http.post(CHAT, json=body, headers=KEY) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert all(REPLAYED not in answer.headers for answer in answers)
    assert asked(sim) == 4


def test_a_mistake_may_be_mended_under_the_same_key(http: httpx2.Client) -> None:
    assert http.post(CHAT, json={**ASK, "temperature": "hot"}, headers=KEY).status_code == 400
    assert http.post(CHAT, json={**ASK, "temperature": 1}, headers=KEY).status_code == 200


def _well_again(http: httpx2.Client) -> None:
    """Closes all circuits and gives fresh retry budgets."""
    from llm.services import runtime
    from llm.services.probes.run import reset

    reset(None, by="test")
    runtime.forget_budgets()


@pytest.mark.parametrize("body", [ASK, STREAM])
def test_a_client_that_left_may_ask_again_at_once(
    live: Live, http: httpx2.Client, consumer: Person, sim: Simulator, body: dict[str, Any]
) -> None:
    leaves_during(live, sim, CHAT, body, {**consumer.headers, **KEY})
    assert eventually(lambda: Call.objects.filter(status="cancelled").exists())
    sim.reply("claude")
    again = http.post(CHAT, json=body, headers=KEY)
    assert again.status_code == 200
    assert REPLAYED not in again.headers


def test_a_client_that_leaves_a_stream_halfway_may_ask_again(http: httpx2.Client, sim: Simulator) -> None:
    sim.reply("claude", text="word " * 50, chunks=50, chunk_delay=1)
    with http.stream("POST", CHAT, json=STREAM, headers=KEY) as answer:
        next(answer.iter_lines())
    sim.reply("claude")
    again = http.post(CHAT, json=STREAM, headers=KEY)
    assert again.text.endswith("data: [DONE]\n\n")
    assert REPLAYED not in again.headers


def test_an_expired_answer_is_made_anew(http: httpx2.Client, sim: Simulator) -> None:
    first = http.post(CHAT, json=ASK, headers=KEY).json()
    IdempotentAnswer.objects.update(expires_at=datetime.now(UTC))
    assert http.post(CHAT, json=ASK, headers=KEY).json()["id"] != first["id"]
    assert asked(sim) == 2


def test_a_database_that_is_away_costs_no_answer(http: httpx2.Client, sim: Simulator) -> None:
    with gone("llm_idempotentanswer"):
        answers = [http.post(CHAT, json=body, headers=KEY) for body in (ASK, ASK, STREAM)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(REPLAYED not in answer.headers for answer in answers)
    assert asked(sim) == 3


def test_the_upkeep_forgets_what_is_over(http: httpx2.Client) -> None:
    http.post(CHAT, json=ASK, headers=KEY)
    assert idempotency.prune() == 0
    IdempotentAnswer.objects.update(expires_at=datetime.now(UTC))
    assert idempotency.prune() == 1
