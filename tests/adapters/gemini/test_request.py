"""ChatRequest -> what Gemini sees, the same bytes through either SDK."""

import asyncio
from dataclasses import replace

import pytest

from llm.adapters import build as build_adapter
from llm.adapters.gemini.request import UNSIGNED, build
from llm.adapters.messages.ordering import GO_ON, JSON_ORDER, OPENING
from llm.core.chat.request import ChatRequest, Message, Role, ToolCall, ToolChoice, ToolMode
from tests.adapters import dialogues as d
from tests.adapters.replay import replaying
from tests.adapters.seen import body_seen, conversation
from tests.adapters.wires import account, recorded

by_backend = pytest.mark.parametrize("backend", ["genai", "generativeai"])


@by_backend
def test_a_bare_request_says_only_what_it_must(backend: str) -> None:
    assert body_seen("gemini", d.BARE, backend=backend) == {
        "contents": [{"role": "user", "parts": [{"text": "Bonjour"}]}],
        "generationConfig": {"maxOutputTokens": 1024},
    }


@by_backend
def test_a_full_request_is_translated(backend: str) -> None:
    assert body_seen("gemini", d.FULL, backend=backend) == {
        "contents": [{"role": "user", "parts": [{"text": "Bonjour"}]}],
        "systemInstruction": {"parts": [{"text": "You help.\n\nIn French."}]},
        "generationConfig": {
            "maxOutputTokens": 77,
            "temperature": 1.5,
            "topP": 0.9,
            "stopSequences": ["FIN", " "],
            "seed": 7,
            "frequencyPenalty": 0.5,
            "presencePenalty": -0.5,
            "thinkingConfig": {"thinkingLevel": "minimal"},
        },
    }


@pytest.mark.parametrize("request_", [d.BARE, d.FULL, d.TWO_CALLS, d.IMAGES, d.UNEVEN, d.JSON_OBJECT, d.JSON_SCHEMA])
def test_both_sdks_send_the_same_body(request_: ChatRequest) -> None:
    assert body_seen("gemini", request_, backend="generativeai") == body_seen("gemini", request_)


@by_backend
@pytest.mark.parametrize("model", ["gemini-3.8-flash", "models/gemini-3.8-flash", "tunedModels/my-own"])
def test_the_path_names_version_model_and_method(backend: str, model: str) -> None:
    async def call() -> str:
        async with replaying(recorded("gemini", "ok")) as vendor:
            adapter = build_adapter(account("gemini", vendor.url, backend=backend, model=model))
            await adapter.complete(d.BARE, timeout_s=5)
            await adapter.close()
            return vendor.asked[0].path.split("?")[0]

    full = model if "/" in model else f"models/{model}"
    assert asyncio.run(call()) == f"/v1beta/{full}:generateContent"


@by_backend
def test_an_address_below_a_path_is_kept(backend: str) -> None:
    async def call() -> str:
        async with replaying(recorded("gemini", "ok")) as vendor:
            adapter = build_adapter(account("gemini", f"{vendor.url}/gemini", backend=backend))
            await adapter.complete(d.BARE, timeout_s=5)
            await adapter.close()
            return vendor.asked[0].path.split("?")[0]

    assert asyncio.run(call()) == "/gemini/v1beta/models/gemini-3.8-flash:generateContent"


def test_thinking_is_a_budget_for_the_models_of_2_5() -> None:
    built, _ = build(replace(d.BARE, reasoning_effort="low"), model="gemini-2.5-pro", max_tokens=9)
    assert built["generationConfig"]["thinkingConfig"] == {"thinkingBudget": 1024}


def test_tool_results_follow_the_order_of_their_calls_and_find_their_names() -> None:
    seen = body_seen("gemini", d.TWO_CALLS)
    assert seen["contents"][1]["parts"] == [
        {"text": "Je regarde."},
        {"functionCall": {"name": "find_provider", "args": {"city": "Douala"}}, "thoughtSignature": UNSIGNED},
        {"functionCall": {"name": "get_price", "args": {}}},
    ]
    assert seen["contents"][2]["parts"] == [
        {"functionResponse": {"name": "find_provider", "response": {"found": 2}}},
        {"functionResponse": {"name": "get_price", "response": {"result": "5000"}}},
        {"text": "Alors ?"},
    ]
    assert seen["tools"][0]["functionDeclarations"][0]["name"] == "find_provider"


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (ToolChoice(), {"mode": "AUTO"}),
        (ToolChoice(mode=ToolMode.REQUIRED), {"mode": "ANY"}),
        (ToolChoice(mode=ToolMode.NONE), {"mode": "NONE"}),
        (ToolChoice(name="get_price"), {"mode": "ANY", "allowedFunctionNames": ["get_price"]}),
    ],
)
def test_the_choice_of_tools_is_translated(choice: ToolChoice, wire: dict[str, object]) -> None:
    built, _ = build(replace(d.TWO_CALLS, tool_choice=choice), model="m", max_tokens=9)
    assert built["toolConfig"] == {"functionCallingConfig": wire}


def test_one_call_at_a_time_cannot_be_asked_for_and_is_named_as_dropped() -> None:
    alone = replace(d.TWO_CALLS, tool_choice=ToolChoice(parallel=False))
    (answer,), _ = conversation("gemini", [alone], recorded("gemini", "ok"))
    assert answer.dropped == ("parallel_tool_calls",)


def test_new_calls_are_numbered_on_from_the_old_ones() -> None:
    past = Message(role=Role.ASSISTANT, parts=(ToolCall(id="call_1", name="get_price", arguments="{}"),))
    request = ChatRequest(messages=(*d.BARE.messages, past))
    (answer,), _ = conversation("gemini", [request], recorded("gemini", "ok_tools"))
    assert [call.id for call in answer.tool_calls] == ["call_2", "call_3"]


@pytest.mark.parametrize("backend", ["genai", "generativeai"])
def test_documents_are_inline_data_or_links_behind_their_name(backend: str) -> None:
    inline = {"inlineData": {"mimeType": "application/pdf", "data": d.PDF}}
    assert body_seen("gemini", d.DOCUMENTS, backend=backend)["contents"][0]["parts"] == [
        {"text": "Lis."},
        {"text": "devis.pdf:"},
        inline,
        inline,
    ]
    assert body_seen("gemini", d.LINKED_DOCUMENT, backend=backend)["contents"][0]["parts"] == [
        {"text": "Devis:"},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://example.test/devis.pdf"}},
    ]


def test_images_are_links_or_base64() -> None:
    assert body_seen("gemini", d.IMAGES)["contents"][0]["parts"][1:] == [
        {"fileData": {"mimeType": "image/png", "fileUri": "https://example.test/leak.png?x=1"}},
        {"inlineData": {"mimeType": "image/png", "data": d.PNG}},
        {"inlineData": {"mimeType": "image/png", "data": d.PNG}},
    ]


def test_turns_alternate_and_both_ends_are_the_users() -> None:
    turns = body_seen("gemini", d.UNEVEN)["contents"]
    said = [(turn["role"], [part["text"] for part in turn["parts"]]) for turn in turns]
    assert said == [
        ("user", [OPENING]),
        ("model", ["Bienvenue."]),
        ("user", ["Un", "Deux", "Trois"]),
        ("model", ["Quatre"]),
        ("user", [GO_ON]),
    ]


def test_json_is_asked_for_natively_but_in_words_beside_tools() -> None:
    config = body_seen("gemini", d.JSON_OBJECT)["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    beside = body_seen("gemini", replace(d.JSON_OBJECT, tools=(d.FIND,)))
    assert "responseMimeType" not in beside["generationConfig"]
    assert beside["systemInstruction"] == {"parts": [{"text": JSON_ORDER}]}
    schema = body_seen("gemini", d.JSON_SCHEMA)["generationConfig"]
    assert schema["responseJsonSchema"]["required"] == ["city"]
