"""Idempotency-Keys that race: among requests, among workers, with holders that are slow, gone or dead."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai
import pytest
from asgiref.sync import async_to_sync

from llm.idempotency import claims as idempotency
from llm.idempotency import rows
from llm.idempotency.claims import ActiveClaim
from llm.idempotency.keys import Scope, fingerprint
from llm.idempotency.rows import Claim
from llm.models import IdempotentAnswer
from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.waiting import eventually
from tests.web.repeats import ASK, CHAT, KEY, REPLAYED, STREAM, asked
from web.sse.stream import CONTENT_TYPE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=60) as client:
        yield client


@pytest.mark.parametrize("body", [ASK, STREAM])
def test_twenty_at_once_make_one_vendor_call(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, body: dict[str, Any]
) -> None:
    for name in providers:
        sim.reply(name, latency=0.5)
    together = threading.Barrier(20)

    def ask() -> httpx2.Response:
        with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=100) as client:
            together.wait()
            return client.post(CHAT, json=body, headers=KEY)

    with ThreadPoolExecutor(20) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(20)]]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 19
    assert asked(sim) == 1


def _held_elsewhere(person: Person) -> Claim:
    """The claim of another worker process on the same key."""
    who = f"key {person.user.llm_keys.get().pk}"  # type: ignore[attr-defined]  # a reverse relation
    scope = Scope(user_id=person.user.pk, consumer=who, path=CHAT, key=KEY["Idempotency-Key"])
    return Claim(scope=scope, holder="another worker")


def test_a_repeat_waits_for_another_worker_and_gets_its_answer(
    http: httpx2.Client, consumer: Person, sim: Simulator
) -> None:
    first = http.post(CHAT, json=ASK, headers=KEY)
    kept = rows.claim(_held_elsewhere(consumer), _print(), datetime.now(UTC))
    assert isinstance(kept, idempotency.KeptAnswer)
    IdempotentAnswer.objects.all().delete()
    assert rows.claim(_held_elsewhere(consumer), _print(), datetime.now(UTC)) is rows.ClaimResult.ACQUIRED
    with ThreadPoolExecutor(1) as pool:
        repeat = pool.submit(http.post, CHAT, json=ASK, headers=KEY)
        time.sleep(0.5)
        assert not repeat.done()
        assert rows.keep(_held_elsewhere(consumer), kept, datetime.now(UTC))
        assert repeat.result().content == first.content
    assert asked(sim) == 1


def test_a_worker_that_died_with_the_key_frees_it(http: httpx2.Client, consumer: Person, sim: Simulator) -> None:
    almost = datetime.now(UTC) - rows.LEASE
    rows.claim(_held_elsewhere(consumer), _print(), almost)
    answer = http.post(CHAT, json=ASK, headers=KEY)
    assert answer.status_code == 200
    assert asked(sim) == 1
    assert http.post(CHAT, json=ASK, headers=KEY).content == answer.content


def test_after_a_deadline_of_waiting_the_repeat_gets_retry_after(
    http: httpx2.Client, consumer: Person, sim: Simulator, settings: Any
) -> None:
    settings.LLM = {**settings.LLM, "DEADLINE_S": 0.3}
    rows.claim(_held_elsewhere(consumer), _print(), datetime.now(UTC))
    refused = http.post(CHAT, json=ASK, headers=KEY)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "idempotency_key_in_use"
    assert int(refused.headers["Retry-After"]) >= 1
    assert asked(sim) == 0


@pytest.fixture
def hasty(http: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies that cut after a moment."""
    http.get("/v1/models")
    monkeypatch.setattr("web.sse.stream.KEEP_ALIVE_S", 0.2)


def _waiting_stream(http: httpx2.Client, then: Callable[[], object]) -> list[str]:
    """The events of a repeat that waits for another worker, which does `then` when the first sign of life is there."""
    with http.stream("POST", CHAT, json=STREAM, headers=KEY) as answer:
        assert answer.status_code == 200
        assert answer.headers["X-Accel-Buffering"] == "no"
        lines = answer.iter_lines()
        assert next(lines) == ": keep-alive"
        then()
        return [line for line in lines if line and line != ": keep-alive"]


def test_a_stream_that_waits_for_another_worker_is_kept_alive_and_gets_its_answer(
    http: httpx2.Client, hasty: None, consumer: Person, sim: Simulator
) -> None:
    events = b'data: {"id": 1}\n\ndata: [DONE]\n\n'
    answer = idempotency.KeptAnswer(status=200, headers={"Content-Type": CONTENT_TYPE}, body=events)
    mark = _held_elsewhere(consumer)
    rows.claim(mark, _print(STREAM), datetime.now(UTC))
    lines = _waiting_stream(http, lambda: rows.keep(mark, answer, datetime.now(UTC)))
    assert lines == ['data: {"id": 1}', "data: [DONE]"]
    assert asked(sim) == 0


def test_a_stream_that_waits_in_vain_for_another_worker_asks_a_vendor_itself(
    http: httpx2.Client, hasty: None, consumer: Person, sim: Simulator
) -> None:
    mark = _held_elsewhere(consumer)
    rows.claim(mark, _print(STREAM), datetime.now(UTC))
    lines = _waiting_stream(http, lambda: rows.release(mark))
    assert lines[-1] == "data: [DONE]"
    assert asked(sim) == 1
    assert http.post(CHAT, json=STREAM, headers=KEY).headers[REPLAYED] == "true"


def test_a_stream_that_waits_for_a_rejection_ends_in_an_error_event(
    http: httpx2.Client, hasty: None, consumer: Person
) -> None:
    body = b'{"error": {"message": "no", "type": "invalid_request_error"}}'
    answer = idempotency.KeptAnswer(status=422, headers={"Content-Type": "application/json"}, body=body)
    mark = _held_elsewhere(consumer)
    rows.claim(mark, _print(STREAM), datetime.now(UTC))
    lines = _waiting_stream(http, lambda: rows.keep(mark, answer, datetime.now(UTC)))
    assert lines == ["event: error", f"data: {body.decode()}"]


def test_openais_client_raises_when_it_has_waited_in_vain(
    live: Live, hasty: None, consumer: Person, settings: Any
) -> None:
    settings.LLM = {**settings.LLM, "DEADLINE_S": 1.0}
    rows.claim(_held_elsewhere(consumer), _print(STREAM), datetime.now(UTC))
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, timeout=60) as client:
        stream = client.chat.completions.create(**STREAM, extra_headers=KEY)  # type: ignore[call-overload]
        with pytest.raises(openai.APIError, match="still being answered"):
            list(stream)


def test_who_leaves_a_stream_that_waits_leaves_no_trace(
    http: httpx2.Client, hasty: None, consumer: Person, sim: Simulator
) -> None:
    mark = _held_elsewhere(consumer)
    rows.claim(mark, _print(STREAM), datetime.now(UTC))
    with http.stream("POST", CHAT, json=STREAM, headers=KEY) as answer:
        next(answer.iter_lines())
    rows.release(mark)
    assert REPLAYED not in http.post(CHAT, json=STREAM, headers=KEY).headers
    assert asked(sim) == 1


def _print(body: dict[str, Any] = ASK) -> str:
    return fingerprint(body)


def test_a_call_that_takes_longer_than_a_lease_keeps_its_key(
    http: httpx2.Client, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "RENEW_S", 0.05)
    sim.reply("claude", latency=3)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(http.post, CHAT, json=ASK, headers=KEY)
        assert eventually(lambda: IdempotentAnswer.objects.exists())
        begun = IdempotentAnswer.objects.get()
        assert eventually(lambda: IdempotentAnswer.objects.get().expires_at > begun.expires_at)
        assert first.result().status_code == 200


def test_a_response_that_is_dropped_frees_its_key(
    consumer: Person, providers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "RENEW_S", 0.01)

    async def drop() -> None:
        scope = Scope(user_id=consumer.user.pk, consumer="key", path=CHAT, key="order-7")
        held = await idempotency.claim(scope, _print())
        assert isinstance(held, ActiveClaim)
        del held
        gc.collect()
        with suppress(TimeoutError):
            async with asyncio.timeout(20):
                while not isinstance(again := await idempotency.claim(scope, _print()), ActiveClaim):
                    await asyncio.sleep(0.01)
        again.release()

    async_to_sync(drop)()
