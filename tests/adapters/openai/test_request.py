"""ChatRequest -> what OpenAI and compatible vendors see."""

from dataclasses import replace

import pytest

from llm.adapters.messages.ordering import JSON_ORDER
from llm.adapters.openai.request import build
from llm.core.chat.request import ChatRequest, Message, Role, Text, ToolChoice, ToolMode
from llm.core.failures.policy import ErrorClass, ProviderError
from tests.adapters import dialogues as d
from tests.adapters.seen import body_seen


def body(request: ChatRequest, model: str = "gpt-6.1-terra") -> dict[str, object]:
    return build(request, model=model, max_tokens=1024, stream=False)[0]


def test_a_bare_request_says_only_what_it_must() -> None:
    assert body_seen("openai", d.BARE) == {
        "model": "gpt-6.1-terra",
        "messages": [{"role": "user", "content": "Bonjour"}],
        "max_completion_tokens": 1024,
        "stream": False,
    }


def test_a_full_request_is_passed_on_whole() -> None:
    assert body_seen("openai", d.FULL, stream=True) == {
        "model": "gpt-6.1-terra",
        "messages": [
            {"role": "system", "content": "You help."},
            {"role": "user", "content": "Bonjour"},
            {"role": "system", "content": "In French."},
        ],
        "max_completion_tokens": 77,
        "temperature": 1.5,
        "top_p": 0.9,
        "stop": ["FIN", " "],
        "seed": 7,
        "frequency_penalty": 0.5,
        "presence_penalty": -0.5,
        "reasoning_effort": "minimal",
        "user": "user-17",
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-6.1-terra", "max_completion_tokens"),
        ("gpt-5-mini", "max_completion_tokens"),
        ("o4-mini", "max_completion_tokens"),
        ("gpt-4o", "max_tokens"),
        ("mistral-large-latest", "max_tokens"),
        ("openai/gpt-oss-120b", "max_tokens"),
        ("olmo-2", "max_tokens"),
    ],
)
def test_only_reasoning_models_get_the_new_name_of_the_limit(model: str, name: str) -> None:
    assert name in body(d.BARE, model)


def test_each_tool_result_is_a_message_of_its_own_before_the_users() -> None:
    assert body_seen("openai", d.TWO_CALLS)["messages"][1:] == [
        {
            "role": "assistant",
            "content": "Je regarde.",
            "tool_calls": [
                {
                    "id": "functions.find:0",
                    "type": "function",
                    "function": {"name": "find_provider", "arguments": '{"city": "Douala"}'},
                },
                {"id": "call_2", "type": "function", "function": {"name": "get_price", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "functions.find:0", "content": '{"found": 2}'},
        {"role": "tool", "tool_call_id": "call_2", "content": "5000"},
        {"role": "user", "content": "Alors ?"},
    ]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (ToolChoice(), {}),
        (ToolChoice(mode=ToolMode.REQUIRED), {"tool_choice": "required"}),
        (ToolChoice(mode=ToolMode.NONE), {"tool_choice": "none"}),
        (ToolChoice(name="get_price"), {"tool_choice": {"type": "function", "function": {"name": "get_price"}}}),
        (ToolChoice(parallel=False), {"parallel_tool_calls": False}),
    ],
)
def test_the_choice_of_tools_is_translated(choice: ToolChoice, wire: dict[str, object]) -> None:
    built = body(replace(d.TWO_CALLS, tool_choice=choice))
    assert {name: built[name] for name in ("tool_choice", "parallel_tool_calls") if name in built} == wire


def test_documents_are_files_as_data_urls_and_always_have_a_name() -> None:
    data = f"data:application/pdf;base64,{d.PDF}"
    assert body_seen("openai", d.DOCUMENTS)["messages"][0]["content"] == [
        {"type": "text", "text": "Lis."},
        {"type": "file", "file": {"filename": "devis.pdf", "file_data": data}},
        {"type": "file", "file": {"filename": "document.pdf", "file_data": data}},
    ]


def test_a_link_to_a_document_is_refused_before_a_call() -> None:
    with pytest.raises(ProviderError) as raised:
        body(d.LINKED_DOCUMENT)
    assert raised.value.failure.error_class is ErrorClass.INVALID_REQUEST


def test_images_are_urls() -> None:
    assert body_seen("openai", d.IMAGES)["messages"][0]["content"] == [
        {"type": "text", "text": "Quoi ?"},
        {"type": "image_url", "image_url": {"url": "https://example.test/leak.png?x=1"}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{d.PNG}"}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{d.PNG}"}},
    ]


def test_the_order_of_turns_is_left_alone_but_the_assistant_has_not_the_last_word() -> None:
    roles = [turn["role"] for turn in body_seen("openai", d.UNEVEN)["messages"]]
    assert roles == ["assistant", "user", "user", "assistant", "user", "assistant", "user"]


def test_json_is_asked_for_natively_and_named_where_openai_insists() -> None:
    built = body_seen("openai", d.JSON_OBJECT)
    assert built["response_format"] == {"type": "json_object"}
    assert built["messages"][0] == {"role": "system", "content": JSON_ORDER}
    named = Message(role=Role.USER, parts=(Text(text="As JSON, please"),))
    assert len(body_seen("openai", replace(d.JSON_OBJECT, messages=(named,)))["messages"]) == 1


def test_a_schema_is_passed_on_with_its_name() -> None:
    wire = body_seen("openai", d.JSON_SCHEMA)["response_format"]
    assert wire["json_schema"]["name"] == "place"
    assert wire["json_schema"]["schema"]["required"] == ["city"]
