"""Any dialogue at all becomes one that each vendor takes: the simulated vendors, strict as they are, are the judges."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from llm.adapters.claude import request as claude_request
from llm.adapters.gemini import request as gemini_request
from llm.adapters.openai import request as openai_request
from llm.adapters.transport.lenient_json import Json, arguments_object
from llm.core.chat.request import (
    CLAUDE,
    GEMINI,
    ChatRequest,
    Message,
    Part,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    VendorSignature,
)
from llm.simulator.claude import requests as claude
from llm.simulator.gemini import requests as gemini
from llm.simulator.gemini.dialogue import TEXT_SIGNATURE, call_signature
from llm.simulator.http.exchange import Vendor
from llm.simulator.model.signatures import seal
from llm.simulator.openai import requests as openai
from llm.simulator.wire import ANY_MODEL, Catalogue

ANY = Catalogue(listed=(ANY_MODEL,))

IDS = st.sampled_from(("a", "a.b", "a:b", "a_b", "é" * 3, "x" * 60, "x" * 61)) | st.text(min_size=1, max_size=80)
NAMES = st.sampled_from(("find", "get_price"))
TEXTS = st.builds(Text, text=st.sampled_from(("", " ", "Bonjour", "Et ?")))


def _thought(text: str, kind: str) -> Thinking:
    """Thinking that its vendor has sealed."""
    signature = {CLAUDE: seal(Vendor.CLAUDE, text), GEMINI: TEXT_SIGNATURE}.get(kind, "foreign")
    return Thinking(kind=kind, text=text, signature=signature)


def _call(id: str, name: str, arguments: str, kind: str) -> ToolCall:
    signed = {"name": name, "args": arguments_object(arguments)}
    signatures = {GEMINI: call_signature(signed), CLAUDE: "foreign"}
    mark = VendorSignature(kind=kind, signature=signatures[kind]) if kind in signatures else None
    return ToolCall(id=id, name=name, arguments=arguments, vendor_signature=mark)


KINDS = st.sampled_from((CLAUDE, GEMINI, "openai"))
THOUGHTS = st.builds(_thought, st.text(max_size=5), KINDS)
CALLS = st.builds(_call, IDS, NAMES, st.sampled_from(("", "{}", '{"city": "Douala"}', "[1]")), KINDS)
RESULTS = st.builds(ToolResult, call_id=IDS, name=st.just("") | NAMES, content=st.sampled_from(("", "5", '{"a": 1}')))
SPOKEN: dict[Role, st.SearchStrategy[Part]] = {
    Role.SYSTEM: TEXTS,
    Role.USER: TEXTS | RESULTS,
    Role.ASSISTANT: TEXTS | THOUGHTS | CALLS,
}


@st.composite
def messages(draw: st.DrawFn) -> Message:
    role = draw(st.sampled_from(tuple(Role)))
    return Message(role=role, parts=tuple(draw(st.lists(SPOKEN[role], max_size=4))))


REQUESTS = st.builds(lambda found: ChatRequest(messages=tuple(found)), st.lists(messages(), min_size=1, max_size=8))


def _raw(body: Json) -> bytes:
    return json.dumps(body).encode()


def _claude(request: ChatRequest) -> Json:
    return claude_request.build(request, model="claude-sonnet-5-5", max_tokens=9, stream=False)[0]


def _gemini(request: ChatRequest) -> Json:
    return gemini_request.build(request, model="gemini-3.8-flash", max_tokens=9)[0]


def _openai(request: ChatRequest) -> Json:
    return openai_request.build(request, model="gpt-6.1-terra", max_tokens=9, stream=False)[0]


@settings(deadline=None)
@given(REQUESTS)
def test_claude_takes_it(request: ChatRequest) -> None:
    body = _claude(request)
    claude.read(_raw(body), ANY)
    roles = [turn["role"] for turn in body["messages"]]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


@settings(deadline=None)
@given(REQUESTS)
def test_gemini_takes_it(request: ChatRequest) -> None:
    body = _gemini(request)
    gemini.read(_raw(body), "gemini-3.8-flash")
    roles = [turn["role"] for turn in body["contents"]]
    assert roles == ["user", "model"] * (len(roles) // 2) + ["user"]


@settings(deadline=None)
@given(REQUESTS)
def test_openai_takes_it(request: ChatRequest) -> None:
    body = _openai(request)
    if body["messages"]:
        openai.read(_raw(body), ANY)
    spoken = [turn["role"] for turn in body["messages"] if turn["role"] != "system"]
    assert not spoken or spoken[-1] != "assistant"


@settings(deadline=None)
@given(REQUESTS)
def test_nothing_that_was_said_is_lost(request: ChatRequest) -> None:
    said = [part for message in request.dialogue for part in message.parts]
    blocks = [block for turn in _claude(request)["messages"] for block in turn["content"]]
    words = [part.text for part in said if isinstance(part, Text) and part.text.strip()]
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    assert [text for text in texts if text in words] == words
    called = [part.name for part in said if isinstance(part, ToolCall)]
    assert [block["name"] for block in blocks if block["type"] == "tool_use"] == called
    heard = [block["content"] for block in blocks if block["type"] == "tool_result"] + texts
    results = [part.content for part in said if isinstance(part, ToolResult)]
    assert all(any(text.endswith(content) for text in heard) for content in results)


@settings(deadline=None)
@given(REQUESTS, messages())
def test_a_dialogue_that_grows_keeps_its_ids(request: ChatRequest, more: Message) -> None:
    grown = ChatRequest(messages=(*request.messages, more))
    before, after = (
        [block["id"] for turn in _claude(one)["messages"] for block in turn["content"] if block["type"] == "tool_use"]
        for one in (request, grown)
    )
    assert after[: len(before)] == before
