"""Gemini's protocol down to the bytes: refusals in its words, both stream forms, and what a good answer holds."""

import json
from typing import Any

import pytest

from llm.simulator import Simulator
from tests.simulator.raw import GEMINI, GEMINI_PATH, GEMINI_STREAM, gemini_body, send

_TOOLS = [{"functionDeclarations": [{"name": "get_weather", "parameters": {"type": "OBJECT", "properties": {}}}]}]


def _content(text: object, role: str = "user") -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


REFUSED = {
    "no contents": (gemini_body(contents=[]), "contents is not specified"),
    "a role of others": (gemini_body(contents=[_content("x", "assistant")]), "Please use a valid role: user, model."),
    "an unknown field": (gemini_body(messages=[]), 'Unknown name "messages": Cannot find field.'),
    "an unknown setting": (gemini_body(generationConfig={"max": 1}), "Unknown name \"max\" at 'generationConfig'"),
    "a text that is none": (
        gemini_body(contents=[_content(7)]),
        "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 7",
    ),
    "no parts": (gemini_body(contents=[{"role": "user", "parts": []}]), "contents.parts must not be empty"),
    "too warm": (gemini_body(generationConfig={"temperature": 3}), "temperature must be in the range"),
    "no JSON": ("{", "Invalid JSON payload received."),
}


@pytest.mark.parametrize(("body", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_request_is_refused_in_googles_words(sim: Simulator, body: object, words: str) -> None:
    got = send(sim, "POST", GEMINI_PATH, body, GEMINI)

    assert got.status == 400
    assert got.json["error"]["code"] == 400
    assert got.json["error"]["status"] == "INVALID_ARGUMENT"
    assert words in got.json["error"]["message"]


def test_the_key_may_stand_in_a_header_or_the_query(sim: Simulator) -> None:
    assert send(sim, "POST", GEMINI_PATH, gemini_body()).json["error"]["status"] == "PERMISSION_DENIED"
    assert send(sim, "POST", f"{GEMINI_PATH}?key=abc", gemini_body()).status == 200
    wrong = send(sim, "POST", f"{GEMINI_PATH}?key=wrong", gemini_body()).json["error"]
    assert wrong["details"][0]["reason"] == "API_KEY_INVALID"


def test_snake_case_and_numbers_as_text_are_taken(sim: Simulator) -> None:
    sim.reply("gemini", "one two three four")
    body = gemini_body(generation_config={"max_output_tokens": "2"}, system_instruction={"parts": [{"text": "x"}]})
    candidate = send(sim, "POST", GEMINI_PATH, body, GEMINI).json["candidates"][0]

    assert candidate["content"]["parts"] == [{"text": "one two "}]
    assert candidate["finishReason"] == "MAX_TOKENS"


def test_thoughts_are_counted_apart_unless_switched_off(sim: Simulator) -> None:
    usage = send(sim, "POST", GEMINI_PATH, gemini_body(), GEMINI).json["usageMetadata"]
    off = gemini_body(generationConfig={"thinkingConfig": {"thinkingBudget": 0}})

    assert usage["thoughtsTokenCount"] == 64
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["candidatesTokenCount"] + 64
    assert "thoughtsTokenCount" not in send(sim, "POST", GEMINI_PATH, off, GEMINI).json["usageMetadata"]


@pytest.mark.parametrize("sse", [True, False])
def test_the_stream_comes_as_events_or_as_one_array(sim: Simulator, sse: bool) -> None:
    sim.reply("gemini", "Hello there", chunks=2)
    got = send(sim, "POST", GEMINI_STREAM + ("?alt=sse" if sse else ""), gemini_body(), GEMINI)
    if sse:
        chunks = [json.loads(line[6:]) for line in got.text.splitlines() if line.startswith("data: ")]
    else:
        chunks = json.loads(got.text)

    assert [chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in chunks] == ["Hello", " there", ""]
    assert [chunk["candidates"][0].get("finishReason") for chunk in chunks] == [None, None, "STOP"]


def test_an_error_of_an_array_stream_is_an_array(sim: Simulator) -> None:
    sim.fault("gemini", "rate_limited", retry_after=37)
    as_array = send(sim, "POST", GEMINI_STREAM, gemini_body(), GEMINI).json
    as_events = send(sim, "POST", f"{GEMINI_STREAM}?alt=sse", gemini_body(), GEMINI).json

    assert as_array == [as_events]
    assert as_events["error"]["details"][-1]["retryDelay"] == "37s"


def test_a_named_tool_is_called_and_its_result_quoted(sim: Simulator) -> None:
    asked = _content("use get_weather")
    called = send(sim, "POST", GEMINI_PATH, gemini_body(contents=[asked], tools=_TOOLS), GEMINI).json
    part = called["candidates"][0]["content"]["parts"][0]
    answered = {"role": "user", "parts": [{"functionResponse": {"name": "get_weather", "response": {"temp": 31}}}]}
    turns = [asked, {"role": "model", "parts": [part]}, answered]
    final = send(sim, "POST", GEMINI_PATH, gemini_body(contents=turns, tools=_TOOLS), GEMINI).json

    assert part["functionCall"]["name"] == "get_weather"
    assert '{"temp": 31}' in final["candidates"][0]["content"]["parts"][0]["text"]


def test_a_json_schema_is_filled(sim: Simulator) -> None:
    schema = {
        "type": "OBJECT",
        "properties": {"price": {"type": "INTEGER"}, "trade": {"type": "STRING", "enum": ["a"]}},
    }
    config = {"responseMimeType": "application/json", "responseSchema": schema}
    answer = send(sim, "POST", GEMINI_PATH, gemini_body(generationConfig=config), GEMINI).json

    assert json.loads(answer["candidates"][0]["content"]["parts"][0]["text"]) == {"price": 1, "trade": "a"}


def test_a_model_is_shown_or_not_found(sim: Simulator) -> None:
    assert send(sim, "GET", "/gemini/v1/models/gemini-x", None, GEMINI).json["name"] == "models/gemini-x"
    assert send(sim, "GET", "/v1beta/models/palm", None, GEMINI).json["error"]["status"] == "NOT_FOUND"
