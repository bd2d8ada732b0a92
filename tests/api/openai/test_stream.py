"""Streams on the wire, byte by byte: whole, broken, silent, and abandoned ones."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from llm.models import Call
from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.waiting import eventually
from tests.web.leaving import leaves_during
from web.sse import stream as event_stream

pytestmark = pytest.mark.django_db(transaction=True)

ASK = {"model": "default", "messages": [{"role": "user", "content": "My tap is leaking"}], "stream": True}


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=30) as client:
        yield client


def _lines(http: httpx2.Client, **more: Any) -> list[str]:
    with http.stream("POST", "/v1/chat/completions", json={**ASK, **more}) as answer:
        assert answer.status_code == 200
        return [line for line in answer.iter_lines() if line]


def test_every_line_of_a_stream_is_an_event_of_openais(http: httpx2.Client) -> None:
    lines = _lines(http)
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert chunks[0]["choices"] == [
        {
            "index": 0,
            "delta": {"role": "assistant", "content": "", "refusal": None},
            "logprobs": None,
            "finish_reason": None,
        }
    ]
    assert chunks[-1]["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    assert all("usage" not in chunk for chunk in chunks)


@pytest.mark.parametrize(
    ("fault", "options"),
    [("cut", {"chunks": 2}), ("error_event", {"chunks": 2}), ("clean_early_end", {"chunks": 2})],
)
def test_a_stream_that_breaks_says_so_and_does_not_finish(
    http: httpx2.Client, sim: Simulator, providers: list[str], fault: str, options: dict[str, Any]
) -> None:
    for name in providers:
        sim.fault(name, fault, **options)
    lines = _lines(http)
    assert "data: [DONE]" not in lines
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert set(events[-1]) == {"error"}
    assert events[-1]["error"]["type"] == "upstream_error"
    assert events[-1]["error"]["code"]
    assert all(event["choices"][0]["finish_reason"] is None for event in events[:-1])
    assert eventually(lambda: Call.objects.filter(status="cut").exists())


def test_openais_client_raises_when_a_stream_breaks(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    import openai

    for name in providers:
        sim.fault(name, "cut", chunks=2)
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, max_retries=0) as client:
        stream = client.chat.completions.create(model="default", messages=ASK["messages"], stream=True)  # type: ignore[call-overload]
        with pytest.raises(openai.APIError, match="cut off"):
            list(stream)


def test_a_client_that_leaves_cancels_the_vendors_call(
    http: httpx2.Client, sim: Simulator, providers: list[str]
) -> None:
    sim.reply("claude", text="word " * 200, chunks=200, chunk_delay=0.05)
    with http.stream("POST", "/v1/chat/completions", json=ASK) as answer:
        next(answer.iter_lines())
    assert eventually(lambda: Call.objects.filter(status="cancelled").exists())


def test_a_client_that_leaves_a_plain_call_cancels_it_too(
    live: Live, consumer: Person, sim: Simulator, providers: list[str]
) -> None:
    leaves_during(live, sim, "/v1/chat/completions", {**ASK, "stream": False}, consumer.headers)
    assert eventually(lambda: Call.objects.filter(status="cancelled").exists())


def test_a_silent_stream_is_kept_alive_by_comments(
    http: httpx2.Client, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_S", 0.1)
    sim.reply("claude", text="one two three", chunks=3, chunk_delay=0.5)
    lines = _lines(http)
    assert ": keep-alive" in lines
    assert lines[-1] == "data: [DONE]"


def test_a_talking_stream_needs_no_comments(http: httpx2.Client) -> None:
    assert ": keep-alive" not in _lines(http)
