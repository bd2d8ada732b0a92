"""A request beyond a vendor's bounds goes out within them, and the answer comes back in the caller's terms."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from llm.adapters import build
from llm.adapters.fitting.tool_names import ToolNames
from llm.core.chat.request import ChatRequest, Role, Tool, ToolChoice, message
from llm.core.chat.response import Completion, Done, Finish, StreamEvent, TextDelta, ToolCallDelta
from llm.limits import limits_of
from tests.adapters.replay import Answer, replaying
from tests.adapters.wires import MODELS, account

HELLO = ChatRequest(messages=(message(Role.USER, "Bonjour"),), max_tokens=50)
NAMES = ("3d_devis", "a" * 75, "b" * 150, "recherche.à.Douala", "mcp:server/tool")
BOTH = pytest.mark.parametrize("stream", [False, True])


def openai(text: str, *, tool: str = "", stream: bool) -> bytes:
    call = {"index": 0, "id": "call_a", "type": "function", "function": {"name": tool, "arguments": "{}"}}
    said: dict[str, Any] = {"content": text, **({"tool_calls": [call]} if tool else {})}
    finish = "tool_calls" if tool else "stop"
    if not stream:
        return json.dumps({"choices": [{"index": 0, "message": said, "finish_reason": finish}]}).encode()
    chunks = [{"delta": {"content": piece}} for piece in text] + [{"delta": said | {"content": None}}]
    chunks.append({"delta": {}, "finish_reason": finish})
    lines = [json.dumps({"choices": [{"index": 0, **chunk}]}) for chunk in chunks]
    return "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()


def gemini(text: str, *, tool: str = "", stream: bool) -> bytes:
    parts: list[Any] = [{"text": text}] if text else []
    parts += [{"functionCall": {"name": tool, "args": {}}}] if tool else []
    body = json.dumps({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]})
    return f"data: {body}\n\n".encode() if stream else body.encode()


def claude(text: str, *, tool: str = "", stream: bool) -> bytes:
    blocks: list[Any] = [{"type": "text", "text": text}] if text else []
    blocks += [{"type": "tool_use", "id": "toolu_a", "name": tool, "input": {}}] if tool else []
    reason = "tool_use" if tool else "end_turn"
    if not stream:
        return json.dumps({"content": blocks, "stop_reason": reason}).encode()
    events = [{"type": "content_block_start", "index": place, "content_block": b} for place, b in enumerate(blocks)]
    events += [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


WRITERS = {"claude": claude, "gemini": gemini, "openai": openai}


def asked(kind: str, request: ChatRequest, text: str, *, tool: str = "", stream: bool) -> tuple[Any, list[StreamEvent]]:
    """The body that the vendor saw, and the events; a plain answer is one `Done`. `tool` is the caller's name."""

    async def call() -> tuple[Any, list[StreamEvent]]:
        body = WRITERS[kind](text, tool=wire_name(kind, tool), stream=stream)
        answer = Answer(body=body, headers={"content-type": "text/event-stream" if stream else "application/json"})
        async with replaying(answer) as vendor:
            adapter = build(replace(account(kind, vendor.url), limits=limits_of(kind, MODELS[kind])))
            try:
                if stream:
                    events = [event async for event in adapter.stream(request, timeout_s=5)]
                else:
                    events = [Done(completion=await adapter.complete(request, timeout_s=5))]
            finally:
                await adapter.close()
            return vendor.asked[0].body, events

    return asyncio.run(call())


def wire_name(kind: str, name: str) -> str:
    names = ToolNames(limits_of(kind, MODELS[kind]).tool_name)
    return names.fit(replace(HELLO, tools=(Tool(name=name),))).tools[0].name if name else ""


def completion(events: list[StreamEvent]) -> Completion:
    (done,) = [event for event in events if isinstance(event, Done)]
    return done.completion


def tool_names(body: Any) -> list[str]:
    return re.findall(r'"name": "([^"]+)"', json.dumps(body.get("tools"), ensure_ascii=False))


@BOTH
@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_tools_name_is_the_vendors_on_the_wire_and_the_callers_in_the_answer(
    kind: str, name: str, stream: bool
) -> None:
    request = replace(HELLO, tools=(Tool(name=name),), tool_choice=ToolChoice(name=name))
    body, events = asked(kind, request, "", tool=name, stream=stream)
    allowed = limits_of(kind, MODELS[kind]).tool_name
    assert allowed is not None
    assert all(allowed.fullmatch(sent) for sent in tool_names(body))
    assert [call.name for call in completion(events).tool_calls] == [name]
    if stream:
        assert [event.name for event in events if isinstance(event, ToolCallDelta) and event.name] == [name]


@BOTH
@pytest.mark.parametrize(
    ("kind", "stops"),
    [("openai", ("1", "2", "3", "4", "STOP", "6")), ("gemini", ("1", "2", "3", "4", "5", "STOP"))],
)
def test_stops_that_the_vendor_is_not_sent_end_the_text_here(kind: str, stops: tuple[str, ...], stream: bool) -> None:
    body, events = asked(kind, replace(HELLO, stop=stops), "avant STOP après", stream=stream)
    limit = limits_of(kind, MODELS[kind]).stops or 9
    sent = body.get("stop") or body.get("generationConfig", {}).get("stopSequences")
    answer = completion(events)
    assert len(sent) <= limit
    assert answer.finish is Finish.STOP
    assert (answer.text, answer.stop_sequence) == ("avant ", "STOP")
    if stream:
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "avant "


@BOTH
def test_a_blank_stop_that_claude_refuses_ends_the_text_here(stream: bool) -> None:
    body, events = asked("claude", replace(HELLO, stop=("\n\n", "END")), "un\n\ndeux", stream=stream)
    assert body["stop_sequences"] == ["END"]
    answer = completion(events)
    assert (answer.text, answer.stop_sequence, answer.dropped) == ("un", "\n\n", ())


@pytest.mark.parametrize("user", ["user_" + "0" * 154, "é" * 65])
def test_a_user_that_is_too_long_is_hashed_on_the_wire(user: str) -> None:
    bodies = [asked("openai", replace(HELLO, user=user), "ok", stream=False)[0] for _ in range(2)]
    assert bodies[0]["user"] == bodies[1]["user"]
    assert len(bodies[0]["user"]) <= 64
