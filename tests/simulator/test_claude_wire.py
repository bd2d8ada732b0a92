"""Anthropic's protocol down to the bytes: what is refused in which words, and what a good answer holds."""

import json

import pytest

from llm.simulator import Simulator
from tests.simulator.raw import CLAUDE, CLAUDE_PATH, claude_body, send

_TOOL = {"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}


def _user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


REFUSED = {
    "no max_tokens": (claude_body(max_tokens=None), "max_tokens: Field required"),
    "max_tokens of another type": (claude_body(max_tokens="9"), "max_tokens: Input should be a valid integer"),
    "no token at all": (claude_body(max_tokens=0), "max_tokens: Input should be greater than or equal to 1"),
    "no messages": (claude_body(messages=[]), "messages: at least one message is required"),
    "an unknown field": (claude_body(n=2), "n: Extra inputs are not permitted"),
    "system as a role": (claude_body(messages=[{"role": "system", "content": "x"}]), 'Unexpected role "system"'),
    "assistant first": (claude_body(messages=[{"role": "assistant", "content": "x"}]), 'must use the "user" role'),
    "empty content": (claude_body(messages=[_user("")]), "messages.0: user messages must have non-empty content"),
    "a blank text block": (claude_body(messages=[_user([{"type": "text", "text": " "}])]), "blocks must be non-empty"),
    "an unknown block": (claude_body(messages=[_user([{"type": "video"}])]), "messages.0.content.0: Input tag 'video'"),
    "too warm": (claude_body(temperature=1.5), "temperature: range: 0..1"),
    "a loose tool result": (
        claude_body(messages=[_user([{"type": "tool_result", "tool_use_id": "t", "content": "x"}])]),
        "unexpected `tool_use_id`",
    ),
    "no JSON": ("{", "The request body is not valid JSON"),
    "a list": ([1], "Input should be a valid dictionary"),
}


@pytest.mark.parametrize(("body", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_request_is_refused_in_anthropics_words(sim: Simulator, body: object, words: str) -> None:
    got = send(sim, "POST", CLAUDE_PATH, body, CLAUDE)

    assert got.status == 400
    assert got.json["type"] == "error"
    assert got.json["error"]["type"] == "invalid_request_error"
    assert words in got.json["error"]["message"]
    assert got.json["request_id"] == got.headers["request-id"]


def test_the_version_header_and_a_key_are_required(sim: Simulator) -> None:
    no_version = send(sim, "POST", CLAUDE_PATH, claude_body(), {"x-api-key": "k"})
    no_key = send(sim, "POST", CLAUDE_PATH, claude_body(), {"anthropic-version": "2023-06-01"})
    bearer = {"authorization": "Bearer k", "anthropic-version": "2023-06-01"}

    assert (no_version.status, no_version.json["error"]["message"]) == (400, "anthropic-version: header is required")
    assert (no_key.status, no_key.json["error"]["type"]) == (401, "authentication_error")
    assert send(sim, "POST", CLAUDE_PATH, claude_body(), bearer).status == 200


def test_a_good_answer_has_usage_ids_and_rate_limit_headers(sim: Simulator) -> None:
    sim.reply("claude", cached_tokens=1)
    got = send(sim, "POST", CLAUDE_PATH, claude_body(), CLAUDE)

    assert got.headers["request-id"].startswith("req_")
    assert "anthropic-ratelimit-requests-remaining" in got.headers
    assert got.json["id"].startswith("msg_")
    assert got.json["usage"]["input_tokens"] == 1
    assert got.json["usage"]["cache_read_input_tokens"] == 1


def test_the_stream_has_anthropics_events_in_their_order(sim: Simulator) -> None:
    sim.reply("claude", "Hello there", chunks=2)
    got = send(sim, "POST", CLAUDE_PATH, claude_body(stream=True), CLAUDE)
    names = [line[7:] for line in got.text.splitlines() if line.startswith("event: ")]

    assert got.headers["content-type"].startswith("text/event-stream")
    assert names == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_too_few_tokens_cut_the_answer_and_a_stop_sequence_ends_it(sim: Simulator) -> None:
    sim.reply("claude", "one two three four")
    short = send(sim, "POST", CLAUDE_PATH, claude_body(max_tokens=2), CLAUDE).json
    stopped = send(sim, "POST", CLAUDE_PATH, claude_body(stop_sequences=["three"]), CLAUDE).json

    assert (short["content"][0]["text"], short["stop_reason"]) == ("one two ", "max_tokens")
    assert (stopped["content"][0]["text"], stopped["stop_reason"]) == ("one two ", "stop_sequence")
    assert stopped["stop_sequence"] == "three"


@pytest.mark.parametrize("stream", [False, True])
def test_a_named_tool_is_called(sim: Simulator, stream: bool) -> None:
    body = claude_body(tools=[_TOOL], messages=[_user("please use get_weather")], stream=stream)
    got = send(sim, "POST", CLAUDE_PATH, body, CLAUDE)

    if stream:
        lines = [json.loads(line[6:]) for line in got.text.splitlines() if line.startswith("data: ")]
        pieces = [line["delta"]["partial_json"] for line in lines if line["type"] == "content_block_delta"]
        assert json.loads("".join(pieces)) == {"city": "Douala"}
        assert lines[1]["content_block"]["name"] == "get_weather"
    else:
        assert got.json["content"][0]["input"] == {"city": "Douala"}
        assert got.json["stop_reason"] == "tool_use"


def test_a_tool_result_is_quoted_and_a_missing_one_refused(sim: Simulator) -> None:
    used = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}]}
    result = _user([{"type": "tool_result", "tool_use_id": "t1", "content": "31 degrees"}])
    asked = [_user("use get_weather"), used]
    good = send(sim, "POST", CLAUDE_PATH, claude_body(tools=[_TOOL], messages=[*asked, result]), CLAUDE)
    bad = send(sim, "POST", CLAUDE_PATH, claude_body(tools=[_TOOL], messages=[*asked, _user("well?")]), CLAUDE)

    assert "31 degrees" in good.json["content"][0]["text"]
    assert bad.status == 400
    assert "t1" in bad.json["error"]["message"]


def test_models_and_token_counts_are_given(sim: Simulator) -> None:
    body = claude_body(max_tokens=None)

    assert send(sim, "GET", "/claude/v1/models", None, CLAUDE).json["data"][0]["id"] == "claude-sonnet-5-5"
    assert send(sim, "GET", "/claude/v1/models/claude-new", None, CLAUDE).json["id"] == "claude-new"
    assert send(sim, "GET", "/claude/v1/models/gpt-4o", None, CLAUDE).status == 404
    assert send(sim, "POST", f"{CLAUDE_PATH}/count_tokens", body, CLAUDE).json == {"input_tokens": 2}
    assert send(sim, "GET", CLAUDE_PATH, None, CLAUDE).status == 405
    assert send(sim, "POST", "/claude/v1/complete", {}, CLAUDE).status == 404
