"""The simulated models obey the caller's choice of tools, and each vendor refuses a choice that makes no sense."""

from typing import Any

import pytest

from llm.simulator import Simulator
from tests.simulator import raw

NAMES = ("weather", "price")
SCHEMA = {"type": "object", "properties": {"town": {"type": "string"}}}


def claude(sim: Simulator, choice: dict[str, Any] | None, tools: tuple[str, ...] = NAMES) -> raw.Got:
    body = raw.claude_body(tools=[{"name": name, "input_schema": SCHEMA} for name in tools], tool_choice=choice)
    return raw.send(sim, "POST", "/claude/v1/messages", body, raw.CLAUDE)


def openai(sim: Simulator, choice: Any, tools: tuple[str, ...] = NAMES) -> raw.Got:
    given = [{"type": "function", "function": {"name": name, "parameters": SCHEMA}} for name in tools]
    body = raw.openai_body(tools=given or None, tool_choice=choice)
    return raw.send(sim, "POST", "/openai/v1/chat/completions", body, raw.OPENAI)


def gemini(sim: Simulator, choice: dict[str, Any] | None, tools: tuple[str, ...] = NAMES) -> raw.Got:
    body = raw.gemini_body(
        tools=[{"functionDeclarations": [{"name": name, "parameters": SCHEMA} for name in tools]}],
        toolConfig=choice and {"functionCallingConfig": choice},
    )
    return raw.send(sim, "POST", "/gemini/v1beta/models/gemini-3.8-flash:generateContent", body, raw.GEMINI)


def called(ask: Any, answer: Any) -> list[str]:
    if ask is claude:
        return [block["name"] for block in answer["content"] if block["type"] == "tool_use"]
    if ask is openai:
        return [call["function"]["name"] for call in answer["choices"][0]["message"].get("tool_calls") or []]
    parts = answer["candidates"][0]["content"]["parts"]
    return [part["functionCall"]["name"] for part in parts if "functionCall" in part]


OBEYED = [
    (claude, None, []),
    (claude, {"type": "none"}, []),
    (claude, {"type": "any"}, ["weather"]),
    (claude, {"type": "tool", "name": "price"}, ["price"]),
    (openai, None, []),
    (openai, "none", []),
    (openai, "required", ["weather"]),
    (openai, {"type": "function", "function": {"name": "price"}}, ["price"]),
    (gemini, None, []),
    (gemini, {"mode": "NONE"}, []),
    (gemini, {"mode": "ANY"}, ["weather"]),
    (gemini, {"mode": "ANY", "allowedFunctionNames": ["price"]}, ["price"]),
]


@pytest.mark.parametrize(("ask", "choice", "names"), OBEYED)
def test_a_choice_is_obeyed(sim: Simulator, ask: Any, choice: Any, names: list[str]) -> None:
    assert called(ask, ask(sim, choice).json) == names


REFUSED = [
    (claude, {"type": "perhaps"}, NAMES, "tool_choice"),
    (claude, {"type": "tool", "name": "sing"}, NAMES, "sing"),
    (claude, {"type": "any"}, (), "tool_choice"),
    (openai, "required", (), "tool_choice"),
    (openai, "perhaps", NAMES, "tool_choice"),
    (openai, {"type": "function", "function": {"name": "sing"}}, NAMES, "sing"),
    (gemini, {"mode": "PERHAPS"}, NAMES, "mode"),
    (gemini, {"mode": "AUTO", "allowedFunctionNames": ["price"]}, NAMES, "allowed_function_names"),
]


@pytest.mark.parametrize(("ask", "choice", "tools", "word"), REFUSED)
def test_a_choice_without_sense_is_refused(
    sim: Simulator, ask: Any, choice: Any, tools: tuple[str, ...], word: str
) -> None:
    got = ask(sim, choice, tools)
    assert (got.status, word in got.json["error"]["message"]) == (400, True)
