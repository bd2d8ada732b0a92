"""The form of an answer: how it is asked for, validated, and kept from a stream's reader while it is in doubt."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from llm.adapters import build
from llm.adapters.structured_output import form
from llm.core.chat.request import Capability, ChatRequest, Output, OutputFormat, Role, Tool, ToolCall, message
from llm.core.chat.response import Alive, Completion, Finish, StreamEvent, TextDelta, Thinking, ToolCallDelta, Usage
from llm.core.failures.policy import CircuitEffect, ErrorClass, Failure, ProviderError
from tests.adapters.replay import Answer, replaying
from tests.adapters.wires import account, recorded

ASKED = (message(Role.SYSTEM, "Be brief."), message(Role.USER, "Where?"))
OBJECT = '{"type": "object", "required": ["city"]}'
LIST = '{"type": "array", "items": {"type": "string"}}'
USAGE = Usage(input=5, output=7)


def asking(format: OutputFormat = OutputFormat.JSON_SCHEMA, schema: str = OBJECT, **more: Any) -> ChatRequest:
    return ChatRequest(messages=ASKED, output=Output(format=format, schema=schema, **more))


def said(text: str, finish: Finish = Finish.STOP, **more: Any) -> Completion:
    return Completion(text=text, model="m", finish=finish, usage=USAGE, **more)


class TestAsking:
    def test_who_has_the_parameter_is_given_it(self) -> None:
        assert form.in_supported_form(asking(), frozenset(Capability)) == asking()

    @pytest.mark.parametrize(
        ("schema", "able", "left"),
        [
            (OBJECT, {Capability.JSON}, OutputFormat.JSON),
            (OBJECT, set(), OutputFormat.TEXT),
            (LIST, {Capability.JSON}, OutputFormat.TEXT),  # JSON mode makes objects only
        ],
    )
    def test_who_lacks_it_reads_the_schema_after_the_callers_own_instructions(
        self, schema: str, able: set[Capability], left: OutputFormat
    ) -> None:
        request = form.in_supported_form(asking(schema=schema), frozenset(able))
        assert request.output.format is left
        first, *orders, last = request.messages
        assert (first, last) == ASKED
        assert {order.role for order in orders} == {Role.SYSTEM}
        assert any(schema in order.text for order in orders)

    @pytest.mark.parametrize(
        ("words", "is_about_it"),
        [
            ("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", True),
            ("output_config.format: Extra inputs are not permitted", True),
            ("Function calling with a response mime type: 'application/json' is unsupported", True),
            ("generation_config.response_json_schema: unsupported keyword", True),
            ("messages.0.content: Input should be a valid list", False),
        ],
    )
    def test_a_vendors_no_to_the_parameter_is_told_from_others(self, words: str, is_about_it: bool) -> None:
        failure = Failure(error_class=ErrorClass.INVALID_REQUEST, message=words)
        assert form.is_refused(asking(), failure) is is_about_it
        assert not form.is_refused(ChatRequest(messages=ASKED), failure)


JUDGED: list[tuple[ChatRequest, Completion, str | None]] = [
    # the request, what was said, the text that goes out (None: a bad response)
    (asking(), said('{"city": 1}'), '{"city": 1}'),
    (asking(), said('```json\n{"city": 1}\n```'), '{"city": 1}'),
    (asking(), said("{}"), None),
    (asking(), said("prose"), None),
    (asking(), said('{"city": 1}{"city": 1}'), None),
    (asking(), said("[" * 100_000), None),
    (asking(OutputFormat.JSON), said("{}"), "{}"),
    (asking(OutputFormat.JSON), said("3"), None),
    (asking(OutputFormat.JSON), said('{"a": Infinity}'), None),
    (asking(OutputFormat.TEXT), said("```\nx\n```"), "```\nx\n```"),
    (asking(), said("pro", Finish.LENGTH), "pro"),
    (asking(), said("pro", Finish.CONTENT_FILTER), "pro"),
    (asking(validated=False), said("1. one"), "1. one"),
    (replace(asking(), stop=("!",)), said('{"ci'), '{"ci'),
    (replace(asking(), stop=("!",)), said("{}"), None),
    (asking(), said("", Finish.TOOL_CALLS, tool_calls=(ToolCall(id="1", name="a", arguments="{}"),)), ""),
]


@pytest.mark.parametrize(("request_", "completion", "text"), JUDGED)
def test_a_whole_answer_is_judged(request_: ChatRequest, completion: Completion, text: str | None) -> None:
    if text is not None:
        assert form.validated(request_, completion).text == text
        return
    with pytest.raises(ProviderError) as raised:
        form.validated(request_, completion)
    failure = raised.value.failure
    assert (failure.error_class, failure.usage, failure.misshapen) == (ErrorClass.BAD_RESPONSE, USAGE, True)
    assert failure.policy.effect is CircuitEffect.NEUTRAL


def streamed(request: ChatRequest, *events: StreamEvent) -> list[StreamEvent]:
    form_filter = form.FormFilter(request)
    return [*(form_filter.feed(event) for event in events), form_filter.close()]


class TestFormFilter:
    def test_json_goes_straight_out(self) -> None:
        assert streamed(asking(), TextDelta(text='{"a'), TextDelta(text='": 1}')) == [
            TextDelta(text='{"a'),
            TextDelta(text='": 1}'),
            Alive(),
        ]

    def test_a_fence_never_shows(self) -> None:
        pieces = ("``", "`json\n", "{}", "\n`", "``\n")
        assert streamed(asking(), *(TextDelta(text=piece) for piece in pieces)) == [
            Alive(),
            Alive(),
            TextDelta(text="{}"),
            Alive(),
            Alive(),
            Alive(),
        ]

    def test_prose_waits_for_the_verdict(self) -> None:
        assert streamed(asking(), TextDelta(text="I am "), TextDelta(text="sorry.")) == [
            Alive(),
            Alive(),
            TextDelta(text="I am sorry."),
        ]

    def test_long_prose_is_given_up(self) -> None:
        with pytest.raises(ProviderError) as raised:
            streamed(asking(), TextDelta(text="Once upon a time " * 40))
        assert raised.value.failure.misshapen

    @pytest.mark.parametrize(
        "free",
        [asking(validated=False), asking(OutputFormat.TEXT), replace(asking(), tools=(Tool(name="a"),))],
        ids=["not validated", "text", "words before a call"],
    )
    def test_prose_goes_out_where_it_may(self, free: ChatRequest) -> None:
        assert streamed(free, TextDelta(text="I look.")) == [TextDelta(text="I look."), Alive()]

    def test_thinking_and_calls_are_not_lost(self) -> None:
        thought = (Thinking(kind="claude", text="hm", signature="s"),)
        call = ToolCallDelta(index=0, id="1", name="a")
        assert streamed(asking(), TextDelta(text="```", thinking=thought), call, TextDelta(text="json\n{}")) == [
            Alive(),
            call,
            TextDelta(text="{}", thinking=thought),
            Alive(),
        ]


REFUSALS = {
    "claude": {"type": "error", "error": {"type": "invalid_request_error", "message": "output_config.format: no"}},
    "gemini": {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "response_mime_type is unsupported"}},
    "openai": {
        "error": {
            "type": "invalid_request_error",
            "message": "'response_format' of type 'json_schema' is not supported",
        }
    },
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_vendor_that_refuses_the_parameter_is_asked_again_in_words(kind: str) -> None:
    refused = Answer(
        status=400, headers={"content-type": "application/json"}, body=json.dumps(REFUSALS[kind]).encode(), length=None
    )

    async def call() -> list[Any]:
        async with replaying(refused, refused, recorded(kind, "ok")) as vendor:
            adapter = build(account(kind, vendor.url))
            try:
                await adapter.complete(asking(validated=False), timeout_s=5)
            finally:
                await adapter.close()
            return [asked.body for asked in vendor.asked]

    first, *_, last = asyncio.run(call())
    assert "It must fit this JSON schema" not in json.dumps(first)
    assert "It must fit this JSON schema" in json.dumps(last)
    assert not {"response_format", "output_config"} & set(last)
