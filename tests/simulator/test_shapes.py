"""What the simulator answers as OpenAI and as Anthropic is valid against their documents."""

import json
from typing import Any

import pytest

from llm.simulator import Simulator
from llm.simulator.faults.catalogue import ERROR_FAULTS, FaultName
from tests.api.documents.document import ANTHROPIC, OPENAI
from tests.api.documents.streams import assert_is_anthropics, assert_is_openais, data
from tests.simulator import raw

PLACE = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
CLAUDE_TOOLS = [{"name": name, "input_schema": PLACE} for name in ("find_plumber", "get_price")]
OPENAI_TOOLS = [{"type": "function", "function": {"name": t["name"], "parameters": PLACE}} for t in CLAUDE_TOOLS]


def user(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


ONE, BOTH = user("Use get_price for Akwa."), user("Use find_plumber and get_price together for Akwa.")

FOR_CLAUDE: dict[str, dict[str, Any]] = {
    "text": {},
    "a system prompt": {"system": "You are a plumber."},
    "a stop sequence": {"stop_sequences": ["plumber"], **user("My tap is leaking")},
    "an answer cut off": {"max_tokens": 2},
    "thinking": {"thinking": {"type": "adaptive"}},
    "a tool call": {"tools": CLAUDE_TOOLS, **ONE},
    "two tool calls": {"tools": CLAUDE_TOOLS, **BOTH},
    "a tool call after thinking": {"tools": CLAUDE_TOOLS, "thinking": {"type": "adaptive"}, **ONE},
}
FOR_OPENAI: dict[str, dict[str, Any]] = {
    "text": {},
    "a stop sequence": {"model": "gpt-4o", "stop": ["plumber"], **user("My tap is leaking")},
    "an answer cut off": {"max_completion_tokens": 2},
    "JSON": {"response_format": {"type": "json_object"}, **user("Answer in JSON.")},
    "reasoning": {"reasoning_effort": "high"},
    "a tool call": {"tools": OPENAI_TOOLS, **ONE},
    "two tool calls": {"tools": OPENAI_TOOLS, **BOTH},
}


def claude(sim: Simulator, **changes: Any) -> raw.Got:
    return raw.send(sim, "POST", raw.CLAUDE_PATH, raw.claude_body(**changes), raw.CLAUDE)


def openai(sim: Simulator, **changes: Any) -> raw.Got:
    return raw.send(sim, "POST", raw.OPENAI_PATH, raw.openai_body(**changes), raw.OPENAI)


def assert_claudes_are_valid(sim: Simulator, **asked: Any) -> None:
    assert ANTHROPIC.faults("Answer", claude(sim, **asked).json) == []
    assert_is_anthropics(claude(sim, stream=True, **asked).text)


def assert_openais_are_valid(sim: Simulator, **asked: Any) -> None:
    assert OPENAI.faults("Answer", openai(sim, **asked).json) == []
    assert_is_openais(openai(sim, stream=True, **asked).text, usage=False)
    options = {"stream_options": {"include_usage": True}}
    assert_is_openais(openai(sim, stream=True, **options, **asked).text, usage=True)


@pytest.mark.parametrize("asked", FOR_CLAUDE.values(), ids=FOR_CLAUDE)
def test_an_answer_as_anthropic_is_valid(sim: Simulator, asked: dict[str, Any]) -> None:
    assert_claudes_are_valid(sim, **asked)


@pytest.mark.parametrize("asked", FOR_OPENAI.values(), ids=FOR_OPENAI)
def test_an_answer_as_openai_is_valid(sim: Simulator, asked: dict[str, Any]) -> None:
    assert_openais_are_valid(sim, **asked)


@pytest.mark.parametrize("variant", ["finish", "refusal", "partial"])
def test_a_refusal_is_valid(sim: Simulator, variant: str) -> None:
    for name in ("claude", "openai"):
        sim.fault(name, "content_filtered", variant=variant)
    assert_claudes_are_valid(sim)
    assert_openais_are_valid(sim)


@pytest.mark.parametrize("redacted", [False, True])
def test_told_thinking_and_cached_tokens_are_valid(sim: Simulator, redacted: bool) -> None:
    for name in ("claude", "openai"):
        sim.reply(name, thinking="Hm.", redacted=redacted, cached_tokens=1)
    assert_claudes_are_valid(sim)
    assert_openais_are_valid(sim)


@pytest.mark.parametrize("fault", sorted(ERROR_FAULTS))
def test_an_error_is_valid(sim: Simulator, fault: FaultName) -> None:
    for name in ("claude", "openai"):
        sim.fault(name, fault, **({"variant": "error"} if fault is FaultName.CONTENT_FILTERED else {}))
    refused = claude(sim), openai(sim)
    assert all(got.status >= 400 for got in refused)
    assert (ANTHROPIC.faults("Error", refused[0].json), OPENAI.faults("Error", refused[1].json)) == ([], [])


def test_an_error_within_a_stream_is_valid(sim: Simulator) -> None:
    for name in ("claude", "openai"):
        sim.fault(name, "error_event", chunks=1)
    *events, anthropics = (json.loads(line) for line in data(claude(sim, stream=True).text))
    *chunks, openais = (json.loads(line) for line in data(openai(sim, stream=True).text))
    assert (bool(events), bool(chunks)) == (True, True)
    assert (ANTHROPIC.faults("Error", anthropics), OPENAI.faults("Error", openais)) == ([], [])


def test_a_bad_request_is_refused_in_the_vendors_shape(sim: Simulator) -> None:
    refused = claude(sim, messages=[]), openai(sim, messages=[])
    assert [got.status for got in refused] == [400, 400]
    assert (ANTHROPIC.faults("Error", refused[0].json), OPENAI.faults("Error", refused[1].json)) == ([], [])


def test_models_and_a_count_of_tokens_are_valid(sim: Simulator) -> None:
    for document, path, key, one in (
        (ANTHROPIC, "/claude/v1/models", raw.CLAUDE, "claude-sonnet-5-5"),
        (OPENAI, "/openai/v1/models", raw.OPENAI, "gpt-6.1-terra"),
    ):
        listed, found = raw.send(sim, "GET", path, None, key), raw.send(sim, "GET", f"{path}/{one}", None, key)
        assert (document.faults("ModelList", listed.json), document.faults("OneModel", found.json)) == ([], [])
    asked = raw.claude_body(max_tokens=None)
    counted = raw.send(sim, "POST", f"{raw.CLAUDE_PATH}/count_tokens", asked, raw.CLAUDE)
    assert ANTHROPIC.faults("TokenCount", counted.json) == []
