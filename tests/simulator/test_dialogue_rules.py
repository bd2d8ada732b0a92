"""What the real vendors refuse in a dialogue with tools and thinking, the simulated ones refuse too."""

from typing import Any

import pytest

from llm.simulator import Simulator
from tests.simulator.raw import (
    CLAUDE,
    CLAUDE_PATH,
    GEMINI,
    GEMINI_PATH,
    OPENAI,
    OPENAI_PATH,
    claude_body,
    gemini_body,
    openai_body,
    send,
)

Turn = dict[str, Any]
ASKED = "use get_weather"
CLAUDE_TOOL = {"name": "get_weather", "input_schema": {"type": "object"}}
GEMINI_TOOLS = [{"functionDeclarations": [{"name": "get_weather"}]}]
OPENAI_TOOL = {"type": "function", "function": {"name": "get_weather"}}


def user(content: Any) -> Turn:
    return {"role": "user", "content": content}


def assistant(*blocks: Turn) -> Turn:
    return {"role": "assistant", "content": list(blocks)}


def use(id: str) -> Turn:
    return {"type": "tool_use", "id": id, "name": "get_weather", "input": {}}


def answer(id: str) -> Turn:
    return {"type": "tool_result", "tool_use_id": id, "content": "31"}


TEXT = {"type": "text", "text": "x"}
FORGED = {"type": "thinking", "thinking": "hm", "signature": "Zm9yZ2Vk"}
CLAUDE_REFUSES = {
    "a call without its result": ([user("x"), assistant(use("a")), user("y")], "without `tool_result` blocks"),
    "a text before the result": ([user("x"), assistant(use("a")), user([TEXT, answer("a")])], "immediately after: a"),
    "a result too many": ([user("x"), assistant(TEXT), user([answer("a")])], "unexpected `tool_use_id`"),
    "two results of one call": ([user("x"), assistant(use("a")), user([answer("a"), answer("a")])], "a single result"),
    "an id of elsewhere": ([user("x"), assistant(use("a.b:0")), user([answer("a.b:0")])], "should match pattern"),
    "an id used again": (
        [user("x"), assistant(use("a")), user([answer("a")]), assistant(use("a")), user([answer("a")])],
        "ids must be unique",
    ),
    "a forged signature": (
        [user("x"), assistant(FORGED, TEXT), user("y")],
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    ),
    "an unsigned thought": ([user("x"), assistant({"type": "thinking", "thinking": "hm"}, TEXT), user("y")], "Invalid"),
    "a thought of no text": ([user("x"), assistant({"type": "thinking"}, TEXT), user("y")], "Field required"),
    "a forged redaction": ([user("x"), assistant({"type": "redacted_thinking", "data": "x"}, TEXT)], "Invalid `data`"),
    "a prefill": ([user("x"), assistant(TEXT)], "does not support assistant message prefill"),
}


@pytest.mark.parametrize(("messages", "words"), CLAUDE_REFUSES.values(), ids=CLAUDE_REFUSES)
def test_claude_refuses(sim: Simulator, messages: list[Turn], words: str) -> None:
    got = send(sim, "POST", CLAUDE_PATH, claude_body(messages=messages, tools=[CLAUDE_TOOL]), CLAUDE)
    assert got.status == 400
    assert words in got.json["error"]["message"]


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("claude-sonnet-4-5", 200),
        ("claude-sonnet-4-5-20250929", 200),
        ("claude-3-7-sonnet-latest", 200),
        ("claude-opus-4-6", 400),
        ("claude-opus-4-10", 400),
        ("claude-haiku-5", 400),
    ],
)
def test_only_the_older_claude_models_take_a_prefill(sim: Simulator, model: str, status: int) -> None:
    messages = [user("x"), assistant(TEXT)]
    assert send(sim, "POST", CLAUDE_PATH, claude_body(messages=messages, model=model), CLAUDE).status == status


def test_claude_merges_turns_of_one_role(sim: Simulator) -> None:
    assert send(sim, "POST", CLAUDE_PATH, claude_body(messages=[user("x"), user("y")]), CLAUDE).status == 200


@pytest.mark.parametrize("asked", [{"thinking": {"type": "adaptive"}}, {"output_config": {"effort": "high"}}])
def test_claude_takes_its_own_thinking_back(sim: Simulator, asked: dict[str, Any]) -> None:
    begun = claude_body(messages=[user(ASKED)], tools=[CLAUDE_TOOL], max_tokens=2000, **asked)
    thought, called = said = send(sim, "POST", CLAUDE_PATH, begun, CLAUDE).json["content"]
    assert (thought["type"], called["type"]) == ("thinking", "tool_use")
    after = {**begun, "messages": [user(ASKED), assistant(*said), user([answer(called["id"])])]}
    assert send(sim, "POST", CLAUDE_PATH, after, CLAUDE).status == 200
    thought["thinking"] += "!"
    assert send(sim, "POST", CLAUDE_PATH, after, CLAUDE).status == 400


def test_claude_does_not_think_unasked_nor_against_a_word(sim: Simulator) -> None:
    for asked in ({}, {"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}):
        got = send(sim, "POST", CLAUDE_PATH, claude_body(max_tokens=2000, **asked), CLAUDE)
        assert [block["type"] for block in got.json["content"]] == ["text"]


def said(role: str, *parts: Turn) -> Turn:
    return {"role": role, "parts": list(parts)}


CALL = {"functionCall": {"name": "get_weather", "args": {}}}
SIGNED = {**CALL, "thoughtSignature": "skip_thought_signature_validator"}
TOLD = {"functionResponse": {"name": "get_weather", "response": {"result": "31"}}}
WORD = {"text": "x"}
GEMINI_REFUSES = {
    "an unsigned call of this turn": (
        [said("user", WORD), said("model", CALL), said("user", TOLD)],
        "thought_signature",
    ),
    "a forged signature": (
        [said("user", WORD), said("model", {**CALL, "thoughtSignature": "Zm9yZ2Vk"}), said("user", TOLD)],
        "Corrupted thought signature",
    ),
    "fewer results than calls": (
        [said("user", WORD), said("model", SIGNED, CALL), said("user", TOLD)],
        "number of function response parts is equal",
    ),
    "a result without a call": (
        [said("user", WORD), said("model", WORD), said("user", TOLD)],
        "function response turn",
    ),
    "a call at the start": ([said("model", SIGNED), said("user", TOLD)], "function call turn comes immediately after"),
    "a call after the model": (
        [said("user", WORD), said("model", WORD), said("model", SIGNED), said("user", TOLD)],
        "function call turn comes immediately after",
    ),
    "a nameless result": (
        [said("user", WORD), said("model", SIGNED), said("user", {"functionResponse": {"response": {}}})],
        "name cannot be empty",
    ),
    "the model last": ([said("user", WORD), said("model", WORD)], "end with a user role"),
}


@pytest.mark.parametrize(("contents", "words"), GEMINI_REFUSES.values(), ids=GEMINI_REFUSES)
def test_gemini_refuses(sim: Simulator, contents: list[Turn], words: str) -> None:
    got = send(sim, "POST", GEMINI_PATH, gemini_body(contents=contents, tools=GEMINI_TOOLS), GEMINI)
    assert (got.status, got.json["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert words in got.json["error"]["message"]


GEMINI_TAKES = {
    "one signature for parallel calls": [said("user", WORD), said("model", SIGNED, CALL), said("user", TOLD, TOLD)],
    "an unsigned call of an earlier turn": [
        *(said("user", WORD), said("model", CALL), said("user", TOLD)),
        *(said("model", WORD), said("user", WORD)),
    ],
}


@pytest.mark.parametrize("contents", GEMINI_TAKES.values(), ids=GEMINI_TAKES)
def test_gemini_takes(sim: Simulator, contents: list[Turn]) -> None:
    assert send(sim, "POST", GEMINI_PATH, gemini_body(contents=contents, tools=GEMINI_TOOLS), GEMINI).status == 200


def test_models_before_gemini_3_need_no_signatures(sim: Simulator) -> None:
    older = GEMINI_PATH.replace("gemini-3.8-flash", "gemini-2.5-flash")
    body = gemini_body(contents=[said("user", WORD), said("model", CALL), said("user", TOLD)], tools=GEMINI_TOOLS)
    assert send(sim, "POST", older, body, GEMINI).status == 200


def test_gemini_takes_its_own_signature_back_on_its_own_call_only(sim: Simulator) -> None:
    asked = said("user", {"text": ASKED})
    begun = send(sim, "POST", GEMINI_PATH, gemini_body(contents=[asked], tools=GEMINI_TOOLS), GEMINI).json
    (part,) = begun["candidates"][0]["content"]["parts"]
    assert part["thoughtSignature"]
    after = gemini_body(contents=[asked, said("model", part), said("user", TOLD)], tools=GEMINI_TOOLS)
    assert send(sim, "POST", GEMINI_PATH, after, GEMINI).status == 200
    part["functionCall"]["args"] = {"city": "Paris"}
    assert send(sim, "POST", GEMINI_PATH, after, GEMINI).status == 400


def calling(*ids: str) -> Turn:
    function = {"name": "get_weather", "arguments": "{}"}
    calls = [{"id": id, "type": "function", "function": function} for id in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def told(id: str) -> Turn:
    return {"role": "tool", "tool_call_id": id, "content": "31"}


LONG = "x" * 41
OPENAI_REFUSES = {
    "an id that is too long": (
        [user("x"), calling(LONG), told(LONG)],
        "string too long. Expected a string with maximum",
    ),
    "a result without a call": ([user("x"), told("a")], "must be a response to a preceeding message"),
    "a result of another call": ([user("x"), calling("a"), told("b")], "must be a response to a preceeding message"),
    "a result that comes late": ([user("x"), calling("a"), user("y"), told("a")], "did not have response messages: a"),
    "a call without its result": ([user("x"), calling("a", "b"), told("a")], "did not have response messages: b"),
    "a strangers' field": (
        [
            user("x"),
            {**calling("a"), "tool_calls": [{**calling("a")["tool_calls"][0], "extra_content": {}}]},
            told("a"),
        ],
        "extra_content",
    ),
    "strangers' thinking": (
        [user("x"), {"role": "assistant", "content": "x", "thinking_blocks": []}],
        "thinking_blocks",
    ),
}


@pytest.mark.parametrize(("messages", "words"), OPENAI_REFUSES.values(), ids=OPENAI_REFUSES)
def test_openai_refuses(sim: Simulator, messages: list[Turn], words: str) -> None:
    got = send(sim, "POST", OPENAI_PATH, openai_body(messages=messages, tools=[OPENAI_TOOL]), OPENAI)
    assert got.status == 400
    assert words in got.json["error"]["message"]


def test_openai_takes_parallel_results_in_any_order(sim: Simulator) -> None:
    messages = [user("x"), calling("a", "b"), told("b"), told("a")]
    assert send(sim, "POST", OPENAI_PATH, openai_body(messages=messages, tools=[OPENAI_TOOL]), OPENAI).status == 200
