"""Streams that wait for their first event: kept alive in every dialect, and ended by an error event on failure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from llm.models import Call
from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.waiting import eventually
from tests.web.leaving import leaves_during
from tests.web.repeats import warm
from web.sse import stream as event_stream

pytestmark = pytest.mark.django_db(transaction=True)

SAY = "My tap is leaking"
CHAT = {"model": "default", "messages": [{"role": "user", "content": SAY}], "stream": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An API that streams. `end` begins its last event when all is well, `error` the one of a broken stream."""

    path: str
    body: dict[str, Any]
    alive: str
    end: str
    error: str


DOORS = (
    Door(path="/v1/chat/completions", body=CHAT, alive=": keep-alive", end="data: [DONE]", error='data: {"error"'),
    Door(
        path="/v1/messages",
        body={**CHAT, "max_tokens": 500},
        alive="event: ping",
        end="event: message_stop",
        error="event: error",
    ),
    Door(
        path="/api/conversations",
        body={"message": SAY, "stream": True},
        alive=": keep-alive",
        end="event: done",
        error="event: error",
    ),
)
EVERY_DOOR = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.path)


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def hasty(http: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies that cut after a moment."""
    http.get("/v1/models")
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_S", 0.2)


@EVERY_DOOR
def test_a_stream_sends_keep_alives_before_its_first_event(
    http: httpx2.Client, hasty: None, sim: Simulator, door: Door
) -> None:
    sim.fault("claude", "slow_first_token", delay=0.7)
    answer = http.post(door.path, json=door.body)
    assert answer.status_code in (200, 201)
    assert answer.text.startswith(door.alive)
    assert answer.text.count(door.alive) > 1
    assert answer.text.rstrip().split("\n\n")[-1].startswith(door.end)
    assert door.error not in answer.text


@EVERY_DOOR
def test_a_stream_that_began_before_its_answer_has_no_provider_headers(
    http: httpx2.Client, hasty: None, sim: Simulator, door: Door
) -> None:
    sim.fault("claude", "slow_first_token", delay=0.7)
    answer = http.post(door.path, json=door.body)
    assert not [name for name in answer.headers if name.startswith("x-llm-provider")]


@EVERY_DOOR
def test_a_stream_that_begins_in_time_has_provider_headers(http: httpx2.Client, door: Door) -> None:
    answer = http.post(door.path, json=door.body)
    assert answer.headers["X-LLM-Provider"] == "claude"
    assert answer.headers["X-LLM-Degraded"] == "false"
    assert door.alive not in answer.text


@EVERY_DOOR
def test_streams_have_headers_against_buffering_proxies(
    http: httpx2.Client, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = http.post(door.path, json=door.body)
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_S", 0.0)
    late = http.post(door.path, json=door.body)
    for answer in (soon, late):
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache, no-transform"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert answer.headers["X-Request-ID"]
        assert "Content-Length" not in answer.headers
        assert "Content-Encoding" not in answer.headers


@EVERY_DOOR
def test_a_rejection_that_comes_after_the_wait_is_an_error_event(
    http: httpx2.Client, hasty: None, sim: Simulator, providers: list[str], door: Door
) -> None:
    for name in providers:
        sim.reply(name, first_token=0.3)
        sim.fault(name, "error_event", error="invalid_request", chunks=0)
    answer = http.post(door.path, json=door.body)
    assert answer.status_code in (200, 201)
    last = answer.text.rstrip().split("\n\n")[-1]
    assert last.startswith(door.error)
    assert door.end not in answer.text
    error = json.loads(last.split("data: ", 1)[1])["error"]
    assert error["message"]
    assert error.get("type", "invalid_request_error") == "invalid_request_error"
    assert eventually(lambda: Call.objects.filter(status="rejected").exists())


@pytest.mark.parametrize("door", DOORS[:2], ids=lambda door: door.path)
def test_without_the_static_answer_a_late_stream_ends_with_an_error(
    http: httpx2.Client, hasty: None, sim: Simulator, providers: list[str], door: Door
) -> None:
    for name in providers:
        sim.reply(name, first_token=0.3)
        sim.fault(name, "error_event", error="overloaded", chunks=0)
    answer = http.post(door.path, json={**door.body, "static": False})
    assert answer.status_code == 200
    assert door.error in answer.text
    assert door.end not in answer.text
    assert "No provider can answer right now." in answer.text
    assert eventually(lambda: Call.objects.filter(status="failed").exists())


@EVERY_DOOR
def test_a_late_stream_is_kept_for_repeats_without_its_keep_alives(
    http: httpx2.Client, hasty: None, sim: Simulator, door: Door
) -> None:
    sim.fault("claude", "slow_first_token", delay=0.7)
    first, again = (http.post(door.path, json=door.body, headers={"Idempotency-Key": "order-7"}) for _ in range(2))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert door.alive not in again.text
    assert again.text == first.text.replace(_whole_event(first.text, door.alive), "")
    assert sim.calls("claude") == 1


def _whole_event(text: str, start: str) -> str:
    return next(f"{event}\n\n" for event in text.split("\n\n") if event.startswith(start))


@EVERY_DOOR
def test_the_static_answer_of_a_late_stream_is_not_kept(
    http: httpx2.Client, hasty: None, sim: Simulator, providers: list[str], door: Door
) -> None:
    for name in providers:
        sim.reply(name, first_token=0.3)
        sim.fault(name, "error_event", error="overloaded", chunks=0)
    for _ in range(2):
        answer = http.post(door.path, json=door.body, headers={"Idempotency-Key": "order-7"})
        assert answer.text.rstrip().split("\n\n")[-1].startswith(door.end)
        assert "Idempotent-Replayed" not in answer.headers


@EVERY_DOOR
def test_a_client_that_leaves_before_the_first_event_ends_the_vendors_call(
    http: httpx2.Client, hasty: None, sim: Simulator, door: Door
) -> None:
    warm(http, sim)
    sim.fault("claude", "slow_first_token", delay=60)
    with http.stream("POST", door.path, json=door.body) as answer:
        assert next(answer.iter_lines()).startswith(door.alive.split("\n", maxsplit=1)[0])
    assert eventually(lambda: sim.counts("claude").abandoned == 1)
    assert eventually(lambda: Call.objects.filter(status="cancelled").exists())


@EVERY_DOOR
def test_who_leaves_in_the_middle_of_a_stream_ends_the_vendors_call(
    http: httpx2.Client, sim: Simulator, door: Door
) -> None:
    sim.reply("claude", text="word " * 50, chunks=50, chunk_delay=30)
    with http.stream("POST", door.path, json=door.body) as answer:
        assert "word" in next(line for line in answer.iter_lines() if "word" in line)
    assert eventually(lambda: sim.counts("claude").abandoned == 1)
    assert eventually(lambda: Call.objects.filter(status="cancelled").exists())
    assert sim.counts("claude").open == 0


@EVERY_DOOR
def test_who_leaves_a_plain_call_ends_the_vendors_call(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, door: Door
) -> None:
    leaves_during(live, sim, door.path, {**door.body, "stream": False}, consumer.headers)
    assert eventually(lambda: sim.counts("claude").abandoned == 1)
    assert eventually(lambda: Call.objects.filter(status="cancelled").exists())
    assert sum(sim.calls(name) for name in ("claude", "gemini", "openai")) == 1


def test_a_person_in_a_browser_who_leaves_ends_the_vendors_call_too(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    """Sessions pass Django's whole chain of middleware, where one synchronous link would hide the leaving."""
    from django.test import Client

    browser = Client()
    browser.force_login(consumer.user)
    token = "t" * 32
    cookies = f"sessionid={browser.cookies['sessionid'].value}; csrftoken={token}"
    signed_in = {"Cookie": cookies, "X-CSRFToken": token}
    leaves_during(live, sim, "/v1/chat/completions", {**CHAT, "stream": False}, signed_in)
    assert eventually(lambda: sim.counts("claude").abandoned == 1)
    assert eventually(lambda: Call.objects.filter(status="cancelled").exists())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ticket-7", True),
        ("a.b:c_D-9", True),
        ("r" * 128, True),
        ("r" * 129, False),
        ("two words", False),
        ("<script>", False),
        ("", False),
    ],
)
def test_a_sane_request_id_comes_back_and_another_is_replaced(http: httpx2.Client, given: str, kept: bool) -> None:
    answer = http.post("/v1/chat/completions", json={**CHAT, "stream": False}, headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert answer.headers["X-Request-ID"]
    assert Call.objects.get().request_id == answer.headers["X-Request-ID"]
