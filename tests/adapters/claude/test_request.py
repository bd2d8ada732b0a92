"""ChatRequest -> what Anthropic sees."""

from dataclasses import replace

import pytest

from llm.adapters.claude.request import build
from llm.adapters.messages.ordering import GO_ON, JSON_ORDER, OPENING
from llm.core.chat.request import ChatRequest, Image, Message, Role, Tool, ToolChoice, ToolMode, message
from llm.core.failures.policy import ErrorClass, ProviderError
from tests.adapters import dialogues as d
from tests.adapters.seen import body_seen, conversation
from tests.adapters.wires import recorded


def body(request: ChatRequest) -> dict[str, object]:
    return build(request, model="m", max_tokens=1024, stream=False)[0]


def test_a_bare_request_says_only_what_it_must() -> None:
    assert body_seen("claude", d.BARE) == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Bonjour"}]}],
        "stream": False,
    }


def test_a_full_request_is_translated() -> None:
    assert body_seen("claude", d.FULL, stream=True) == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 77,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Bonjour"}]}],
        "system": "You help.\n\nIn French.",
        "temperature": 1.0,
        "top_p": 0.9,
        "stop_sequences": ["FIN"],
        "metadata": {"user_id": "user-17"},
        "output_config": {"effort": "low"},
        "stream": True,
    }


def test_what_claude_has_no_parameter_for_is_named_as_dropped() -> None:
    (answer,), _ = conversation("claude", [d.FULL], recorded("claude", "ok"))
    assert answer.dropped == ("seed", "frequency_penalty", "presence_penalty", "temperature", "stop")


def test_tool_results_come_first_in_the_order_of_their_calls_with_ids_that_anthropic_takes() -> None:
    seen = body_seen("claude", d.TWO_CALLS)
    assert seen["messages"][1]["content"][1:] == [
        {"type": "tool_use", "id": "functions_find_0", "name": "find_provider", "input": {"city": "Douala"}},
        {"type": "tool_use", "id": "call_2", "name": "get_price", "input": {}},
    ]
    assert seen["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "functions_find_0", "content": '{"found": 2}'},
        {"type": "tool_result", "tool_use_id": "call_2", "content": "5000"},
        {"type": "text", "text": "Alors ?"},
    ]
    assert [tool["name"] for tool in seen["tools"]] == ["find_provider", "get_price"]
    assert seen["tools"][1]["input_schema"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (ToolChoice(), {"type": "auto"}),
        (ToolChoice(mode=ToolMode.REQUIRED), {"type": "any"}),
        (ToolChoice(mode=ToolMode.NONE, parallel=False), {"type": "none"}),
        (ToolChoice(mode=ToolMode.REQUIRED, name="get_price"), {"type": "tool", "name": "get_price"}),
        (ToolChoice(parallel=False), {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
def test_the_choice_of_tools_is_translated(choice: ToolChoice, wire: dict[str, object]) -> None:
    assert body(replace(d.TWO_CALLS, tool_choice=choice))["tool_choice"] == wire


def test_images_are_links_or_base64() -> None:
    sources = [block["source"] for block in body_seen("claude", d.IMAGES)["messages"][0]["content"][1:]]
    assert sources == [
        {"type": "url", "url": "https://example.test/leak.png?x=1"},
        {"type": "base64", "media_type": "image/png", "data": d.PNG},
        {"type": "base64", "media_type": "image/png", "data": d.PNG},
    ]


def test_documents_are_blocks_of_base64_or_links_with_their_title() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": d.PDF}
    assert body_seen("claude", d.DOCUMENTS)["messages"][0]["content"] == [
        {"type": "text", "text": "Lis."},
        {"type": "document", "source": source, "title": "devis.pdf"},
        {"type": "document", "source": source},
    ]
    link = {"type": "url", "url": "https://example.test/devis.pdf"}
    assert body_seen("claude", d.LINKED_DOCUMENT, stream=True)["messages"][0]["content"] == [
        {"type": "document", "source": link, "title": "Devis"}
    ]


def test_turns_alternate_and_both_ends_are_the_users() -> None:
    turns = body_seen("claude", d.UNEVEN)["messages"]
    said = [(turn["role"], [block["text"] for block in turn["content"]]) for turn in turns]
    assert said == [
        ("user", [OPENING]),
        ("assistant", ["Bienvenue."]),
        ("user", ["Un", "Deux", "Trois"]),
        ("assistant", ["Quatre"]),
        ("user", [GO_ON]),
    ]


def test_a_request_of_instructions_only_still_has_a_turn() -> None:
    only = ChatRequest(messages=(message(Role.SYSTEM, "Greet."),))
    assert body(only)["messages"] == [{"role": "user", "content": [{"type": "text", "text": OPENING}]}]


def test_a_json_object_is_asked_for_in_words_and_a_schema_natively() -> None:
    assert body(d.JSON_OBJECT)["system"] == JSON_ORDER
    schema = body_seen("claude", d.JSON_SCHEMA)["output_config"]["format"]
    assert schema["type"] == "json_schema"
    assert schema["schema"]["properties"] == {"city": {"type": "string"}}
    assert schema["schema"]["additionalProperties"] is False


def test_a_broken_schema_or_image_is_the_callers_mistake_and_makes_no_call() -> None:
    broken = replace(d.BARE, tools=(Tool(name="t", parameters="{"),))
    imageless = ChatRequest(messages=(Message(role=Role.USER, parts=(Image(),)),))
    for request in (broken, imageless):
        with pytest.raises(ProviderError) as raised:
            body(request)
        assert raised.value.failure.error_class is ErrorClass.INVALID_REQUEST
