"""OpenAI's protocol down to the bytes: what is refused in which words, the chunks, and what a good answer holds."""

import json
from typing import Any

import pytest

from llm.simulator import Simulator
from tests.simulator.raw import OPENAI, OPENAI_PATH, Got, openai_body, send

_TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}]

REFUSED: dict[str, tuple[object, str | None, str]] = {
    "no model": (openai_body(model=None), "missing_required_parameter", "Missing required parameter: 'model'."),
    "no messages": (openai_body(messages=[]), "empty_array", "Invalid 'messages': empty array."),
    "an unknown field": (openai_body(max_token=2), "unknown_parameter", "Unknown parameter: 'max_token'."),
    "a content of another type": (
        openai_body(messages=[{"role": "user", "content": 7}]),
        "invalid_type",
        "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer",
    ),
    "an unknown role": (
        openai_body(messages=[{"role": "bot", "content": "x"}]),
        "invalid_value",
        "Invalid value: 'bot'.",
    ),
    "max_tokens to a reasoning model": (
        openai_body(max_tokens=5),
        "unsupported_parameter",
        "Use 'max_completion_tokens' instead.",
    ),
    "temperature to a reasoning model": (openai_body(temperature=0.2), "unsupported_value", "does not support 0.2"),
    "too cold": (
        openai_body(temperature=-1),
        "decimal_below_minimum_value",
        "Expected a value >= 0, but got -1 instead.",
    ),
    "no JSON": ("{", None, "We could not parse the JSON body of your request."),
}


@pytest.mark.parametrize(("body", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_request_is_refused_in_openais_words(sim: Simulator, body: object, code: str | None, words: str) -> None:
    got = send(sim, "POST", OPENAI_PATH, body, OPENAI)

    assert got.status == 400
    assert set(got.json["error"]) == {"message", "type", "param", "code"}
    assert got.json["error"]["code"] == code
    assert words in got.json["error"]["message"]


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4o-mini", "chatgpt-4o-latest"])
def test_older_models_take_max_tokens_and_temperature(sim: Simulator, model: str) -> None:
    sim.reply("openai", "one two three four")
    got = send(sim, "POST", OPENAI_PATH, openai_body(model=model, max_tokens=2, temperature=0.2), OPENAI)

    assert got.json["choices"][0]["message"]["content"] == "one two "
    assert got.json["choices"][0]["finish_reason"] == "length"
    assert got.json["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0


def test_a_key_must_come_as_a_bearer_token(sim: Simulator) -> None:
    got = send(sim, "POST", OPENAI_PATH, openai_body(), {"authorization": "Basic abc"})

    assert got.status == 401
    assert got.json["error"]["message"].startswith("You didn't provide an API key.")


def test_a_good_answer_has_usage_ids_and_rate_limit_headers(sim: Simulator) -> None:
    got = send(sim, "POST", OPENAI_PATH, openai_body(), OPENAI)
    usage = got.json["usage"]

    assert got.headers["x-request-id"].startswith("req_")
    assert "x-ratelimit-remaining-tokens" in got.headers
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 64
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def _chunks(got: Got) -> list[dict[str, Any]]:
    assert got.text.endswith("data: [DONE]\n\n")
    return [json.loads(line[6:]) for line in got.text.splitlines() if line.startswith("data: {")]


def test_the_last_chunk_brings_usage_only_when_asked_for(sim: Simulator) -> None:
    plain = _chunks(send(sim, "POST", OPENAI_PATH, openai_body(stream=True), OPENAI))
    wanted = openai_body(stream=True, stream_options={"include_usage": True})
    with_usage = _chunks(send(sim, "POST", OPENAI_PATH, wanted, OPENAI))

    assert all("usage" not in chunk for chunk in plain)
    assert plain[-1]["choices"][0]["finish_reason"] == "stop"
    assert with_usage[-1]["choices"] == []
    assert with_usage[-1]["usage"]["total_tokens"] > 0
    assert with_usage[0]["usage"] is None


@pytest.mark.parametrize("stream", [False, True])
def test_a_named_tool_is_called(sim: Simulator, stream: bool) -> None:
    body = openai_body(tools=_TOOLS, messages=[{"role": "user", "content": "use get_weather"}], stream=stream)
    got = send(sim, "POST", OPENAI_PATH, body, OPENAI)

    if stream:
        chunks = _chunks(got)
        assert chunks[1]["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] == "get_weather"
        assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    else:
        assert got.json["choices"][0]["message"]["content"] is None
        assert got.json["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_tool_result_is_quoted(sim: Simulator) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "use get_weather"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "31 degrees"},
    ]
    got = send(sim, "POST", OPENAI_PATH, openai_body(tools=_TOOLS, messages=messages), OPENAI)

    assert "31 degrees" in got.json["choices"][0]["message"]["content"]


def test_paths_that_openai_lacks_are_refused_its_way(sim: Simulator) -> None:
    got = send(sim, "POST", "/openai/v1/nonsense", {}, OPENAI)

    assert (got.status, got.json["error"]["message"]) == (404, "Invalid URL (POST /v1/nonsense)")
    assert send(sim, "POST", "/openai/v1/models", {}, OPENAI).status == 405
    assert send(sim, "GET", "/openai/v1/models/claude-x", None, OPENAI).status == 404
