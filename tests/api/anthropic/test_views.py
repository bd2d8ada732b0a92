"""Anthropic's messages, block by block: what is understood, and by which place a faulty one is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.api.anthropic.thinking import block, read_block, signature_block
from llm.api.openai.messages import MAX_MESSAGES, MAX_TEXT
from llm.core.chat.request import Image, Message, Role, Text, Thinking, ToolCall, ToolResult, VendorSignature, message
from tests.api.anthropic.reading import HELLO, read, refusal

CALL = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"town": "Douala"}}
ASKED = {"role": "assistant", "content": [CALL]}
TALK = [*HELLO, ASKED]


def messages(*given: Any, **more: Any) -> tuple[Message, ...]:
    return read(messages=list(given), **more).request.messages


def result(**given: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", **given}]}


def test_the_system_prompt_may_be_text_or_blocks() -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    hello = message(Role.USER, "Hello")
    assert messages(*HELLO, system="a") == (message(Role.SYSTEM, "a"), hello)
    assert messages(*HELLO, system=blocks) == (message(Role.SYSTEM, "a"), message(Role.SYSTEM, "b"), hello)
    assert messages(*HELLO, system="") == messages(*HELLO, system=[]) == (hello,)


def test_a_system_message_may_stand_among_the_others() -> None:
    found = messages(*HELLO, {"role": "system", "content": "Be brief."}, *HELLO)
    assert [m.role for m in found] == [Role.USER, Role.SYSTEM, Role.USER]


def test_text_and_images_keep_their_order() -> None:
    base64 = {"type": "base64", "media_type": "image/png", "data": "iVBO\nRw0="}
    (found,) = messages(
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {"type": "text", "text": "What is this?"},
                {"type": "image", "source": base64},
            ],
        }
    )
    assert found.parts == (
        Image(url="https://example.com/a.png"),
        Text(text="What is this?"),
        Image(media_type="image/png", data="iVBORw0="),
    )


@pytest.mark.parametrize("content", ["Rain", [{"type": "text", "text": "Ra"}, {"type": "text", "text": "in"}]])
def test_a_tool_round_is_understood(content: Any) -> None:
    _, asked, told = messages(*TALK, result(content=content))
    assert asked.parts == (ToolCall(id="t1", name="weather", arguments='{"town": "Douala"}'),)
    assert (told.role, told.parts) == (Role.USER, (ToolResult(call_id="t1", name="weather", content="Rain"),))


@pytest.mark.parametrize(
    ("given", "content"),
    [
        ({}, ""),
        ({"content": None}, ""),
        ({"content": "no such town", "is_error": True}, "Error: no such town"),
        ({"content": "Error 5", "is_error": True}, "Error 5"),
        ({"is_error": True}, "Error: "),
        ({"content": "Error 5", "is_error": False}, "Error 5"),
    ],
)
def test_what_became_of_a_tool(given: dict[str, Any], content: str) -> None:
    (*_, told) = messages(*TALK, result(**given))
    assert told.parts == (ToolResult(call_id="t1", name="weather", content=content),)


def test_an_image_in_a_tools_result_follows_it() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    (*_, told) = messages(*TALK, result(content=[{"type": "text", "text": "Seen: "}, image]))
    assert told.parts == (
        ToolResult(call_id="t1", name="weather", content="Seen: [image]"),
        Image(url="https://example.com/a.png"),
    )


def test_claudes_thinking_comes_back_to_the_letter_and_in_its_place() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s1=="},
        {"type": "text", "text": "Let me look."},
        {"type": "redacted_thinking", "data": "d1=="},
        CALL,
    ]
    (_, said) = messages(*HELLO, {"role": "assistant", "content": blocks})
    assert said.parts == (
        Thinking(kind="claude", text="Hm.", signature="s1=="),
        Text(text="Let me look."),
        Thinking(kind="claude", signature="d1==", redacted=True),
        ToolCall(id="t1", name="weather", arguments='{"town": "Douala"}'),
    )


def test_another_vendors_signatures_are_read_back() -> None:
    vendor_signature = VendorSignature(kind="gemini", signature="a:b/c==")
    turn = Thinking(kind="gemini", signature="whole==")
    blocks = [signature_block("t1", vendor_signature), CALL, block(turn)]
    (_, said) = messages(*HELLO, {"role": "assistant", "content": blocks})
    call = ToolCall(id="t1", name="weather", arguments='{"town": "Douala"}', vendor_signature=vendor_signature)
    assert said.parts == (turn, call)


def test_unsigned_thinking_is_named_as_dropped() -> None:
    blocks = [{"type": "thinking", "thinking": "Hm.", "signature": ""}, {"type": "text", "text": "Hi"}]
    request = read(messages=[*HELLO, {"role": "assistant", "content": blocks}]).request
    assert request.messages[-1] == message(Role.ASSISTANT, "Hi")
    assert request.unserved == ("thinking",)


signatures = st.text(min_size=1, max_size=40)


@given(
    st.builds(Thinking, kind=st.sampled_from(["gemini", "openai"]), text=st.text(), signature=signatures)
    | st.builds(Thinking, kind=st.just("gemini"), signature=signatures, redacted=st.just(True))
    | st.builds(Thinking, kind=st.just("claude"), text=st.text(), signature=st.from_regex(r"[A-Za-z0-9+/]+={0,2}"))
)
def test_whatever_was_thought_survives_the_way_there_and_back(thought: Thinking) -> None:
    assert read_block(block(thought), "x") == (thought, "")


@given(
    st.text(min_size=1),
    st.builds(VendorSignature, kind=st.sampled_from(["claude", "gemini", "openai"]), signature=signatures),
)
def test_a_signature_survives_the_round_trip(call_id: str, vendor_signature: VendorSignature) -> None:
    found, sealed = read_block(signature_block(call_id, vendor_signature), "x")
    assert (found.kind, found.signature, sealed) == (vendor_signature.kind, vendor_signature.signature, call_id)


def _block(**given: Any) -> dict[str, Any]:
    return {"role": "user", "content": [given]}


def _image(**source: Any) -> dict[str, Any]:
    return _block(type="image", source=source)


def _said(**given: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": [given]}


@pytest.mark.parametrize(
    ("faulty", "param"),
    [
        ("hello", "messages.2"),
        ({"content": "x"}, "messages.2.role"),
        ({"role": "tool", "content": "x"}, "messages.2.role"),
        ({"role": "user", "content": "x", "name": "y"}, "messages.2.name"),
        ({"role": "user"}, "messages.2.content"),
        ({"role": "user", "content": 5}, "messages.2.content"),
        ({"role": "user", "content": ""}, "messages.2.content"),
        ({"role": "user", "content": []}, "messages.2.content"),
        ({"role": "user", "content": ["x"]}, "messages.2.content.0"),
        (_block(text="x"), "messages.2.content.0.type"),
        (_block(type="document", source={}), "messages.2.content.0.source.type"),
        (_block(type="server_tool_use"), "messages.2.content.0.type"),
        (_block(type=["text"]), "messages.2.content.0.type"),
        (_block(type="tool_use"), "messages.2.content.0.type"),
        (_block(type="thinking"), "messages.2.content.0.type"),
        (_block(type="text"), "messages.2.content.0.text"),
        (_block(type="text", text="x", colour="red"), "messages.2.content.0.colour"),
        (_block(type="image"), "messages.2.content.0.source"),
        (_image(type="file", file_id="f"), "messages.2.content.0.source.type"),
        (_image(type="url"), "messages.2.content.0.source.url"),
        (_image(type="url", url="file:///etc/passwd"), "messages.2.content.0.source.url"),
        (_image(type="base64", data="aaaa"), "messages.2.content.0.source.media_type"),
        (_image(type="base64", media_type="text/html", data="aaaa"), "messages.2.content.0.source.media_type"),
        (_image(type="base64", media_type="image/png", data="a b?"), "messages.2.content.0.source.data"),
        (_image(type="base64", media_type="image/png", data=""), "messages.2.content.0.source.data"),
        (_said(type="image", source={}), "messages.2.content.0.type"),
        (_said(type="tool_use", name="f", input={}), "messages.2.content.0.id"),
        (_said(type="tool_use", id="i", input={}), "messages.2.content.0.name"),
        (_said(type="tool_use", id="i", name="f"), "messages.2.content.0.input"),
        (_said(type="tool_use", id="i", name="f", input="{}"), "messages.2.content.0.input"),
        (_said(type="thinking", thinking="x"), "messages.2.content.0.signature"),
        (_said(type="redacted_thinking"), "messages.2.content.0.data"),
        (result(tool_use_id="nobody"), "messages.2.content.0.tool_use_id"),
        (result(is_error="yes"), "messages.2.content.0.is_error"),
        (result(content=5), "messages.2.content.0.content"),
        (result(content=[{"type": "document"}]), "messages.2.content.0.content.0.source"),
        (result(content=[result()["content"][0]]), "messages.2.content.0.content"),
    ],
)
def test_a_bad_message_is_named_by_its_place(faulty: Any, param: str) -> None:
    error = refusal(messages=[*TALK, faulty])
    assert (error.status, error.param) == (400, param)


@pytest.mark.parametrize(("system", "param"), [(5, "system"), ([{"type": "image"}], "system.0.type")])
def test_a_bad_system_prompt_is_named(system: Any, param: str) -> None:
    assert refusal(system=system).param == param


def test_system_messages_alone_are_refused() -> None:
    assert refusal(messages=[{"role": "system", "content": "x"}]).param == "messages"


def test_there_is_a_limit_to_the_number_of_messages() -> None:
    assert len(messages(*(HELLO * MAX_MESSAGES))) == MAX_MESSAGES
    assert refusal(messages=HELLO * (MAX_MESSAGES + 1)).status == 400


def test_there_is_a_limit_to_all_text_together() -> None:
    half = {"role": "user", "content": "x" * (MAX_TEXT // 2)}
    assert len(messages(half, half)) == 2
    assert refusal(messages=[half, half], system="x").status == 413
    big = {**CALL, "input": {"x": "y" * (MAX_TEXT // 2)}}
    assert refusal(messages=[half, {"role": "assistant", "content": [big]}]).status == 413
