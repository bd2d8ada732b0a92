"""Every answer of OpenAI's API is valid against OpenAI's document: whatever is asked, whoever answers."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from openai import OpenAI

from llm.api.openai.errors import body
from llm.simulator import Simulator
from tests.api.documents.document import OPENAI
from tests.api.documents.streams import assert_is_openais, data
from tests.conftest import Live, Person
from web.errors import MESSAGES, ApiError

pytestmark = pytest.mark.django_db(transaction=True)

VENDORS = ("claude", "gemini", "openai")

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 64).decode()
PLACE = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": PLACE}} for name in ("find_plumber", "get_price")
]


def said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def user(content: Any) -> list[dict[str, Any]]:
    return [said("user", content)]


CALLED = {"id": "call_1", "type": "function", "function": {"name": "get_price", "arguments": '{"town": "Akwa"}'}}
ANSWERED = [
    *user("Use get_price for Akwa."),
    said("assistant", None, tool_calls=[CALLED]),
    said("tool", "5000 XAF", tool_call_id="call_1"),
]
PICTURE = [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "place", "schema": PLACE}}
HELLO = user("My tap is leaking in Bonapriso")

REQUESTS: dict[str, dict[str, Any]] = {
    "text": {},
    "a system prompt": {"messages": [said("system", "You are a plumber."), *HELLO]},
    "several turns": {"messages": [*HELLO, said("assistant", "Where?"), *user("In the kitchen.")]},
    "an image": {"messages": user(PICTURE)},
    "a JSON object": {"messages": user("Answer in JSON."), "response_format": {"type": "json_object"}},
    "a JSON schema": {"response_format": SCHEMA},
    "a stop sequence": {"stop": ["plumber"]},
    "an answer cut off": {"max_completion_tokens": 3},
    "reasoning": {"reasoning_effort": "high"},
    "a tool call": {"messages": user("Use get_price for Akwa."), "tools": TOOLS},
    "two tool calls": {"messages": user("Use find_plumber and get_price together for Akwa."), "tools": TOOLS},
    "a tool call after reasoning": {
        "messages": user("Use get_price for Akwa."),
        "tools": TOOLS,
        "reasoning_effort": "high",
    },
    "a tool's result": {"messages": ANSWERED, "tools": TOOLS},
    "parameters that some vendors lack": {"seed": 7, "frequency_penalty": 0.5, "user": "u-1"},
}

REFUSALS = [("claude", "refusal"), ("claude", "finish"), ("gemini", "prompt"), ("openai", "refusal")]
REFUSALS += [(vendor, "partial") for vendor in VENDORS]


class Door:
    """Asks `/v1/chat/completions`, and holds what comes against the document."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http

    def post(self, **given: Any) -> httpx2.Response:
        return self.http.post("/v1/chat/completions", json={"model": "default", "messages": HELLO, **given})

    def plain(self, **given: Any) -> dict[str, Any]:
        answer = self.post(**given)
        found: dict[str, Any] = answer.json()
        assert (answer.status_code, OPENAI.faults("Answer", found)) == (200, []), found
        return found

    def streamed(self, *, usage: bool = False, **given: Any) -> list[dict[str, Any]]:
        options = {"stream_options": {"include_usage": True}} if usage else {}
        answer = self.post(stream=True, **options, **given)
        assert answer.status_code == 200, answer.text
        return assert_is_openais(answer.text, usage=usage)

    def error(self, answer: httpx2.Response, status: int) -> dict[str, Any]:
        found: dict[str, Any] = answer.json()
        assert (answer.status_code, OPENAI.faults("Error", found)) == (status, []), found
        assert answer.headers["x-request-id"]
        return found


@pytest.fixture
def door(live: Live, consumer: Person, providers: list[str]) -> Iterator[Door]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=30) as http:
        yield Door(http)


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_an_answer_is_valid_plain_and_streamed(door: Door, request_: dict[str, Any]) -> None:
    for vendor in VENDORS:
        asked = {"model": vendor, "fallbacks": [], **request_}
        door.plain(**asked)
        door.streamed(**asked)
        door.streamed(usage=True, **asked)


def test_the_requests_get_the_answers_that_they_are_named_for(door: Door) -> None:
    finishes = {name: door.plain(**given)["choices"][0]["finish_reason"] for name, given in REQUESTS.items()}
    calls = {"a tool call", "two tool calls", "a tool call after reasoning"}
    assert {name for name, finish in finishes.items() if finish == "tool_calls"} == calls
    assert {name for name, finish in finishes.items() if finish == "length"} == {"an answer cut off"}
    (choice,) = door.plain(**REQUESTS["two tool calls"])["choices"]
    assert len(choice["message"]["tool_calls"]) == 2


@pytest.mark.parametrize(("vendor", "variant"), REFUSALS)
def test_a_refusal_is_valid(door: Door, sim: Simulator, vendor: str, variant: str) -> None:
    sim.fault(vendor, "content_filtered", variant=variant)
    door.plain(model=vendor, fallbacks=[])
    door.streamed(usage=True, model=vendor, fallbacks=[])


@pytest.mark.parametrize("redacted", [False, True])
def test_an_answer_with_signed_thinking_is_valid(door: Door, sim: Simulator, redacted: bool) -> None:
    sim.reply("claude", thinking="Hm.", redacted=redacted)
    assert door.plain(reasoning_effort="high")["choices"][0]["message"]["thinking_blocks"]
    door.streamed(reasoning_effort="high")


def test_the_static_answer_is_valid(door: Door, sim: Simulator) -> None:
    for name in VENDORS:
        sim.fault(name, "credit")
    assert door.plain()["model"] == "static"
    door.streamed()
    door.streamed(usage=True)


def test_cached_tokens_are_valid(door: Door, sim: Simulator) -> None:
    for name in VENDORS:
        sim.reply(name, cached_tokens=3)
        assert door.plain(model=name)["usage"]["prompt_tokens_details"]["cached_tokens"] == 3
        door.streamed(model=name, usage=True)


def test_the_models_are_valid(door: Door) -> None:
    listed = door.http.get("/v1/models").json()
    assert (listed["object"], OPENAI.faults("ModelList", listed)) == ("list", [])
    for model in listed["data"]:
        one = door.http.get(f"/v1/models/{model['id']}").json()
        assert (one, OPENAI.faults("OneModel", one)) == (model, [])


def test_errors_of_a_request_are_valid(door: Door, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    http, chat = door.http, "/v1/chat/completions"
    json_ = {"content-type": "application/json"}
    assert door.error(door.post(temperature=9), 400)["error"]["param"] == "temperature"
    door.error(http.post(chat, content="{", headers=json_), 400)
    door.error(http.get(chat), 405)
    door.error(http.post(chat, content="a=b", headers={"content-type": "text/plain"}), 415)
    door.error(http.post(chat, content=b" " * 2_000, headers=json_), 413)
    assert door.error(door.post(model="nobody"), 404)["error"]["code"] == "model_not_found"
    door.error(http.get("/v1/models/nobody"), 404)
    door.error(http.get("/v1/nothing"), 404)
    door.error(http.post(chat, json={}, headers={"authorization": "Bearer wrong"}), 401)


def test_an_error_of_any_status_is_valid() -> None:
    for status in (*MESSAGES, 422, 502):
        shown = body(ApiError(status, "our_code", "No.", {"field": ["Bad."]}), "r-1")
        assert (status, OPENAI.faults("Error", shown)) == (status, [])


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
    *chunks, error = (json.loads(line) for line in data(door.post(stream=True).text))
    assert OPENAI.faults("Error", error) == []
    assert [OPENAI.faults("AnswerChunk", chunk) for chunk in chunks] == [[]] * len(chunks)


def test_openais_client_finds_nothing_wrong_when_it_is_strict(
    live: Live, consumer: Person, providers: list[str]
) -> None:
    strict = {"base_url": f"{live.url}/v1", "api_key": consumer.key, "_strict_response_validation": True}
    with OpenAI(**strict) as client:
        for request_ in (REQUESTS["text"], REQUESTS["two tool calls"]):
            asked = {"model": "default", "messages": HELLO, **request_}
            assert client.chat.completions.create(**asked).choices
            assert list(client.chat.completions.create(stream=True, **asked))
        assert client.models.retrieve(next(iter(client.models.list())).id).object == "model"
