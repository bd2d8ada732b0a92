"""Every answer of Anthropic's API is valid against Anthropic's document: whatever is asked, whoever answers."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic

from llm.api.anthropic.errors import body
from llm.simulator import Simulator
from tests.api.documents.document import ANTHROPIC
from tests.api.documents.streams import assert_is_anthropics, data
from tests.conftest import Live, Person
from web.errors import MESSAGES, ApiError

pytestmark = pytest.mark.django_db(transaction=True)

VENDORS = ("claude", "gemini", "openai")

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 64).decode()
PLACE = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
TOOLS = [{"name": name, "input_schema": PLACE} for name in ("find_plumber", "get_price")]
THINKING = {"type": "enabled", "budget_tokens": 1_024}


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def user(content: Any) -> list[dict[str, Any]]:
    return [said("user", content)]


HELLO = user("My tap is leaking in Bonapriso")
CALLED = {"type": "tool_use", "id": "toolu_1", "name": "get_price", "input": {"town": "Akwa"}}
ANSWERED = [
    *user("Use get_price for Akwa."),
    said("assistant", [CALLED]),
    *user([{"type": "tool_result", "tool_use_id": "toolu_1", "content": "5000 XAF"}]),
]
PICTURE = [
    {"type": "text", "text": "What is this?"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
]
CLOSED = {**PLACE, "additionalProperties": False}

REQUESTS: dict[str, dict[str, Any]] = {
    "text": {},
    "a system prompt": {"system": "You are a plumber."},
    "several turns": {"messages": [*HELLO, said("assistant", "Where?"), *user("In the kitchen.")]},
    "an image": {"messages": user(PICTURE)},
    "a JSON schema": {"output_config": {"format": {"type": "json_schema", "schema": CLOSED}}},
    "a stop sequence": {"stop_sequences": ["plumber"]},
    "an answer cut off": {"max_tokens": 3},
    "thinking": {"thinking": THINKING},
    "a tool call": {"messages": user("Use get_price for Akwa."), "tools": TOOLS},
    "two tool calls": {"messages": user("Use find_plumber and get_price together for Akwa."), "tools": TOOLS},
    "a tool call after thinking": {
        "messages": user("Use get_price for Akwa."),
        "tools": TOOLS,
        "thinking": THINKING,
    },
    "a tool's result": {"messages": ANSWERED, "tools": TOOLS},
    "parameters that some vendors lack": {"top_k": 5, "metadata": {"user_id": "u-1"}},
}

REFUSALS = [("claude", "refusal"), ("claude", "finish"), ("gemini", "prompt"), ("openai", "refusal")]
REFUSALS += [(vendor, "partial") for vendor in VENDORS]


class Door:
    """Asks `/v1/messages`, and holds what comes against the document."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http

    def post(self, **given: Any) -> httpx2.Response:
        asked = {"model": "default", "max_tokens": 2_000, "messages": HELLO, **given}
        return self.http.post("/v1/messages", json=asked)

    def plain(self, **given: Any) -> dict[str, Any]:
        answer = self.post(**given)
        found: dict[str, Any] = answer.json()
        assert (answer.status_code, ANTHROPIC.faults("Answer", found)) == (200, []), found
        assert found["stop_reason"] is not None
        assert answer.headers["request-id"]
        return found

    def streamed(self, **given: Any) -> list[dict[str, Any]]:
        answer = self.post(stream=True, **given)
        assert answer.status_code == 200, answer.text
        assert answer.headers["request-id"]
        return assert_is_anthropics(answer.text)

    def error(self, answer: httpx2.Response, status: int) -> dict[str, Any]:
        found: dict[str, Any] = answer.json()
        assert (answer.status_code, ANTHROPIC.faults("Error", found)) == (status, []), found
        assert answer.headers["request-id"] == found["request_id"]
        return found


@pytest.fixture
def door(live: Live, consumer: Person, providers: list[str]) -> Iterator[Door]:
    headers = {"x-api-key": consumer.key, "anthropic-version": "2023-06-01"}
    with httpx2.Client(base_url=live.url, headers=headers, trust_env=False, timeout=30) as http:
        yield Door(http)


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_an_answer_is_valid_plain_and_streamed(door: Door, request_: dict[str, Any]) -> None:
    for vendor in VENDORS:
        asked = {"model": vendor, "fallbacks": [], **request_}
        door.plain(**asked)
        door.streamed(**asked)


def test_the_requests_get_the_answers_that_they_are_named_for(door: Door) -> None:
    reasons = {name: door.plain(**given)["stop_reason"] for name, given in REQUESTS.items()}
    calls = {"a tool call", "two tool calls", "a tool call after thinking"}
    assert {name for name, reason in reasons.items() if reason == "tool_use"} == calls
    assert {name for name, reason in reasons.items() if reason == "max_tokens"} == {"an answer cut off"}
    assert {name for name, reason in reasons.items() if reason == "stop_sequence"} == {"a stop sequence"}
    assert [block["type"] for block in door.plain(**REQUESTS["two tool calls"])["content"]] == ["tool_use"] * 2


@pytest.mark.parametrize(("vendor", "variant"), REFUSALS)
def test_a_refusal_is_valid(door: Door, sim: Simulator, vendor: str, variant: str) -> None:
    sim.fault(vendor, "content_filtered", variant=variant)
    door.plain(model=vendor, fallbacks=[])
    door.streamed(model=vendor, fallbacks=[])


@pytest.mark.parametrize("redacted", [False, True])
def test_an_answer_with_signed_thinking_is_valid(door: Door, sim: Simulator, redacted: bool) -> None:
    for name in VENDORS:
        sim.reply(name, thinking="Hm.", redacted=redacted)
        door.plain(model=name, thinking=THINKING)
        door.streamed(model=name, thinking=THINKING)
    first = door.plain(model="claude", thinking=THINKING)["content"][0]["type"]
    assert first == ("redacted_thinking" if redacted else "thinking")


def test_the_static_answer_is_valid(door: Door, sim: Simulator) -> None:
    for name in VENDORS:
        sim.fault(name, "credit")
    assert door.plain()["model"] == "static"
    door.streamed()


def test_cached_tokens_are_valid(door: Door, sim: Simulator) -> None:
    for name in VENDORS:
        sim.reply(name, cached_tokens=3)
        assert door.plain(model=name)["usage"]["cache_read_input_tokens"] == 3
        door.streamed(model=name)


def test_a_count_of_tokens_is_valid(door: Door) -> None:
    for request_ in ({}, REQUESTS["a tool's result"], REQUESTS["an image"]):
        answer = door.http.post("/v1/messages/count_tokens", json={"model": "default", "messages": HELLO, **request_})
        assert (answer.status_code, ANTHROPIC.faults("TokenCount", answer.json())) == (200, [])
        assert answer.headers["request-id"]


@pytest.mark.parametrize(("path", "more"), [("/v1/messages", {"max_tokens": 9}), ("/v1/messages/count_tokens", {})])
def test_errors_of_a_request_are_valid(door: Door, settings: Any, path: str, more: dict[str, Any]) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    http, json_ = door.http, {"content-type": "application/json"}
    door.error(http.post(path, json={"model": "default", **more}), 400)
    door.error(http.post(path, content="{", headers=json_), 400)
    door.error(http.get(path), 405)
    door.error(http.post(path, content="a=b", headers={"content-type": "text/plain"}), 415)
    door.error(http.post(path, content=b" " * 2_000, headers=json_), 413)
    door.error(http.post(path, json={"model": "nobody", "messages": HELLO, **more}), 404)
    door.error(http.get(f"{path}/nothing"), 404)
    door.error(http.post(path, json={}, headers={"x-api-key": "wrong"}), 401)


def test_an_error_of_any_status_is_valid() -> None:
    for status in (*MESSAGES, 422, 502):
        shown = body(ApiError(status, "our_code", "No.", {"field": ["Bad."]}), "r-1")
        assert (status, ANTHROPIC.faults("Error", shown)) == (status, [])


def test_errors_of_the_vendors_are_valid(door: Door, sim: Simulator) -> None:
    sim.fault("openai", "content_filtered", variant="error")
    for stream in (False, True):
        door.error(door.post(model="openai", fallbacks=[], stream=stream), 422)
    for name in VENDORS:
        sim.fault(name, "credit")
    for stream in (False, True):
        door.error(door.post(static=False, stream=stream), 503)


def test_the_error_that_breaks_a_stream_is_valid(door: Door, sim: Simulator) -> None:
    for name in VENDORS:
        sim.fault(name, "cut", chunks=2)
    *events, error = (json.loads(line) for line in data(door.post(stream=True).text))
    assert ANTHROPIC.faults("Error", error) == []
    assert [ANTHROPIC.faults("AnswerEvent", event) for event in events] == [[]] * len(events)


def test_anthropics_client_finds_nothing_wrong_when_it_is_strict(
    live: Live, consumer: Person, providers: list[str]
) -> None:
    strict = {"base_url": live.url, "api_key": consumer.key, "_strict_response_validation": True}
    with Anthropic(**strict) as client:
        for request_ in (REQUESTS["text"], REQUESTS["two tool calls"], REQUESTS["thinking"]):
            asked = {"model": "default", "max_tokens": 2_000, "messages": HELLO, **request_}
            assert client.messages.create(**asked).content
            assert list(client.messages.create(stream=True, **asked))
        assert client.messages.count_tokens(model="default", messages=HELLO).input_tokens > 0
