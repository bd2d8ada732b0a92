"""Anthropic's streams on the wire: broken ones, silent ones, and what its own client makes of them."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from llm.models import Call
from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

ASK: Any = {"model": "default", "max_tokens": 500, "messages": [{"role": "user", "content": "My tap is leaking"}]}
ADVICE = (
    "Close the stop valve under the sink first, then open the tap and let the pipe run dry. Take off the handle with "
    "a small wrench, look at the seal, and put in a new one of the same size. A plumber can come this afternoon."
)
BREAKS = [("cut", {"chunks": 2}), ("error_event", {"chunks": 2}), ("clean_early_end", {"chunks": 2})]


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str]) -> Iterator[httpx2.Client]:
    headers = {"x-api-key": consumer.key, "anthropic-version": "2023-06-01", "anthropic-beta": "some-beta-2026-01-01"}
    with httpx2.Client(base_url=live.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


def _lines(http: httpx2.Client, **more: Any) -> list[str]:
    with http.stream("POST", "/v1/messages?beta=true", json={**ASK, "stream": True, **more}) as answer:
        assert answer.status_code == 200
        return [line for line in answer.iter_lines() if line]


def _events(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def test_every_event_bears_its_name_twice(http: httpx2.Client) -> None:
    lines = _lines(http)
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names == [event["type"] for event in _events(lines)]
    assert (names[0], names[-2:]) == ("message_start", ["message_delta", "message_stop"])


@pytest.mark.parametrize(("fault", "options"), BREAKS)
def test_a_stream_that_breaks_says_so_and_does_not_finish(
    http: httpx2.Client, sim: Simulator, providers: list[str], fault: str, options: dict[str, Any]
) -> None:
    for name in providers:
        sim.fault(name, fault, **options)
    events = _events(_lines(http))
    assert events[0]["type"] == "message_start"
    assert (events[-1]["type"], events[-1]["error"]["type"]) == ("error", "api_error")
    assert events[-1]["error"]["details"]["error_code"]
    assert not {"message_delta", "message_stop", "content_block_stop"} & {event["type"] for event in events}
    assert eventually(lambda: Call.objects.filter(status="cut").exists())


@pytest.mark.parametrize(("fault", "options"), BREAKS)
def test_anthropics_client_raises_when_a_stream_breaks(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, fault: str, options: dict[str, Any]
) -> None:
    for name in providers:
        sim.fault(name, fault, **options)
    with anthropic.Anthropic(base_url=live.url, api_key=consumer.key, max_retries=0) as client:
        with (
            client.messages.stream(**ASK) as stream,
            pytest.raises(anthropic.APIStatusError, match="cut off") as caught,
        ):
            stream.get_final_message()
        assert caught.value.type == "api_error"
        seen = []
        with pytest.raises(anthropic.APIStatusError):
            seen.extend(client.messages.create(**ASK, stream=True))
        assert "message_stop" not in {event.type for event in seen}


def test_a_stream_that_another_vendor_goes_on_with_is_one_message(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    for name in providers:
        sim.reply(name, text=ADVICE)
    sim.fault("claude", "cut", chunks=9)
    with (
        anthropic.Anthropic(base_url=live.url, api_key=consumer.key, max_retries=0) as client,
        client.messages.stream(**ASK) as stream,
    ):
        final = stream.get_final_message()
    (block,) = final.content
    assert (block.type, block.text, final.stop_reason) == ("text", ADVICE, "end_turn")  # type: ignore[union-attr]
    assert Call.objects.get().resumed


def test_a_silent_stream_is_kept_alive_by_pings(
    http: httpx2.Client, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.sse.stream.KEEP_ALIVE_S", 0.1)
    sim.reply("claude", text="one two three", chunks=3, chunk_delay=0.5)
    events = _events(_lines(http))
    assert {"type": "ping"} in events
    assert events[-1]["type"] == "message_stop"
    assert (
        "".join(event["delta"]["text"] for event in events if event["type"] == "content_block_delta") == "one two three"
    )


def test_a_stream_may_begin_before_its_answer(
    live: Live, consumer: Person, sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.sse.stream.KEEP_ALIVE_S", 0.1)
    sim.reply("claude", text="one two", first_token=0.8)
    with anthropic.Anthropic(base_url=live.url, api_key=consumer.key, max_retries=0) as client:
        with client.messages.stream(**ASK) as stream:
            assert "X-LLM-Provider" not in stream.response.headers
            assert stream.get_final_text() == "one two"
        for name in providers:
            sim.reply(name, latency=0.4)
            sim.fault(name, "server_error")
        with (
            pytest.raises(anthropic.APIStatusError) as caught,
            client.messages.stream(**ASK, extra_body={"static": False, "fallbacks": []}) as stream,
        ):
            stream.get_final_message()
        assert caught.value.error_code == "no_answer"
