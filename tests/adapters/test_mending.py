"""A refusal of one vendor's limit is mended and the request sent again at once; what was learned is kept."""

import json
from dataclasses import replace
from typing import Any

import pytest

from llm.core.chat.request import ChatRequest, Output, OutputFormat, Role, Tool, message
from llm.core.failures.policy import ErrorClass, ProviderError
from tests.adapters.replay import Answer
from tests.adapters.seen import conversation
from tests.adapters.wires import recorded

HELLO = ChatRequest(messages=(message(Role.USER, "Bonjour"),), max_tokens=50)
NOW = Tool(name="now")
SCHEMA = Output(
    format=OutputFormat.JSON_SCHEMA,
    schema='{"type": "object", "properties": {"a": {"type": "integer"}}}',
    validated=False,
)


def refused(kind: str, message: str, **fields: Any) -> Answer:
    """The vendor's 400 in its own envelope."""
    match kind:
        case "claude":
            body = {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
        case "gemini":
            body = {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}
        case _:
            error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}
            body = {"error": error}
    return Answer(status=400, body=json.dumps(body).encode())


def bodies(kind: str, requests: list[ChatRequest], refusal: Answer, model: str = "") -> list[dict[str, Any]]:
    _, sent = conversation(kind, requests, refusal, recorded(kind, "ok"), model=model)
    return sent


def test_a_refusal_that_says_which_value_to_set_is_obeyed_under_its_condition() -> None:
    refusal = refused(
        "openai",
        "Function tools with reasoning_effort are not supported for gpt-6.1-terra in /v1/chat/completions. To use "
        "function tools, use /v1/responses or set reasoning_effort to 'none'.",
        param="reasoning_effort",
    )
    with_tools = replace(HELLO, tools=(NOW,))
    sent = bodies("openai", [with_tools, with_tools, HELLO], refusal)
    assert [body.get("reasoning_effort") for body in sent] == [None, "none", "none", None]


@pytest.mark.parametrize(
    ("kind", "sentence", "place"),
    [
        (
            "claude",
            "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-5-5",
            ("max_tokens",),
        ),
        (
            "openai",
            "max_tokens is too large: 128000. This model supports at most 64000 completion tokens, whereas you "
            "provided 128000.",
            ("max_completion_tokens",),
        ),
        (
            "gemini",
            "Unable to submit request because maxOutputTokens value is 128000 but the maximum supported is 64000.",
            ("generationConfig", "maxOutputTokens"),
        ),
    ],
)
def test_a_ceiling_that_the_refusal_names_is_kept(kind: str, sentence: str, place: tuple[str, ...]) -> None:
    large = replace(HELLO, max_tokens=128_000)
    sent = bodies(kind, [large, large, HELLO], refused(kind, sentence, param="max_tokens"))

    def value(body: Any) -> Any:
        for step in place:
            body = body[step]
        return body

    assert [value(body) for body in sent] == [128_000, 64_000, 64_000, 50]


@pytest.mark.parametrize(
    ("kind", "sentence", "room"),
    [
        ("claude", "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease it", 21_041),
        (
            "openai",
            "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (5000 in the "
            "messages, 4000 in the completion). Please reduce the length of the messages or completion.",
            3_192,
        ),
    ],
)
def test_an_answer_that_the_window_has_no_room_for_is_asked_for_shorter(kind: str, sentence: str, room: int) -> None:
    long = replace(HELLO, max_tokens=64_000)
    sent = bodies(kind, [long, HELLO], refused(kind, sentence, code="context_length_exceeded"))
    place = {"claude": "max_tokens", "openai": "max_completion_tokens"}[kind]
    assert [body[place] for body in sent] == [64_000, room, 50]


def test_a_window_without_room_for_any_answer_is_the_next_vendors_turn() -> None:
    sentence = "input length and `max_tokens` exceed context limit: 199500 + 64000 > 200000"
    with pytest.raises(ProviderError) as raised:
        bodies("claude", [replace(HELLO, max_tokens=64_000)], refused("claude", sentence))
    assert raised.value.failure.error_class is ErrorClass.CONTEXT_LENGTH


def test_what_is_refused_only_beside_another_is_left_out_only_there() -> None:
    sentence = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
    both = replace(HELLO, temperature=0.5, top_p=0.9)
    sent = bodies("claude", [both, both, replace(HELLO, top_p=0.9)], refused("claude", sentence))
    assert [(body.get("temperature"), body.get("top_p")) for body in sent] == [
        (0.5, 0.9),
        (0.5, None),
        (0.5, None),
        (None, 0.9),
    ]


def test_a_bound_that_is_itself_too_large_is_not_used() -> None:
    sentence = "max_tokens must be in the supported range from 1 (inclusive) to 8193 (exclusive)."
    sent = bodies("gemini", [replace(HELLO, max_tokens=20_000)], refused("gemini", sentence), model="gemini-x")
    assert [body["generationConfig"]["maxOutputTokens"] for body in sent] == [20_000, 8_192]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (
            "claude",
            "The compiled grammar is too large, which would cause performance issues. Simplify your tool schemas or "
            "reduce the number of strict tools.",
        ),
        (
            "gemini",
            "The specified schema produces a constraint that has too many states for serving. Typical causes of this "
            "error are schemas with lots of text.",
        ),
        ("openai", "Invalid schema for response_format 'answer': In context=(), schema is too deep."),
    ],
)
def test_a_schema_that_the_vendor_cannot_compile_is_asked_for_in_words(kind: str, sentence: str) -> None:
    sent = bodies(kind, [replace(HELLO, output=SCHEMA)], refused(kind, sentence))
    assert len(sent) == 2
    assert "JSON schema" in json.dumps(sent[1])
    assert "json_schema" not in json.dumps([sent[1].get("response_format"), sent[1].get("output_config")])
    assert "responseJsonSchema" not in sent[1].get("generationConfig", {})


def test_strictness_that_the_vendor_means_otherwise_is_left_out_and_named() -> None:
    sentence = (
        "Invalid schema for function 'find': In context=(), 'additionalProperties' is required to be supplied and to "
        "be false."
    )
    strict = replace(HELLO, tools=(Tool(name="find", strict=True),))
    refusal = refused("openai", sentence, code="invalid_function_parameters", param="tools[0].function.parameters")
    done, sent = conversation("openai", [strict], refusal, recorded("openai", "ok"))
    assert [body["tools"][0]["function"].get("strict") for body in sent] == [True, None]
    assert done[0].dropped == ("tools.strict",)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("gemini-3.8-flash", "Thinking level is not supported for this model."),
        ("gemini-2.5-pro", "The thinking budget 0 is invalid. Please choose a value between 128 and 32768."),
        ("gemini-3.8-flash", "Thinking_config.thinking_level: unsupported value."),
    ],
)
def test_a_value_that_the_gateway_made_is_dropped_in_whatever_words_it_is_refused(model: str, sentence: str) -> None:
    effort = replace(HELLO, reasoning_effort="none")
    done, sent = conversation(
        "gemini", [effort, effort], refused("gemini", sentence), recorded("gemini", "ok"), model=model
    )
    assert ["thinkingConfig" in body["generationConfig"] for body in sent] == [True, False, False]
    assert [answer.dropped for answer in done] == [("reasoning_effort",)] * 2


@pytest.mark.parametrize(
    ("sentence", "ceiling"),
    [
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
        ("Range of max_tokens should be [1, 8192]", 8192),
        (
            "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the "
            "`context_window` for this model",
            8192,
        ),
        ("max_tokens is too large: 128000. This model supports at most 16,384 completion tokens.", 16_384),
        ("The value of max_tokens is 128000, which exceeds the maximum of 8192", 8192),
        ("max_tokens: 128000 > 64000, the limit of gpt-4.1-mini-20250414", 64_000),
        ("max_tokens must be between 1 and 32768", 32_768),
    ],
)
@pytest.mark.parametrize("model", ["gpt-6.1-terra", "some-other-model"])
def test_the_ceiling_is_the_largest_number_below_the_refused_one(sentence: str, ceiling: int, model: str) -> None:
    large = replace(HELLO, max_tokens=128_000)
    sent = bodies("openai", [large], refused("openai", sentence), model=model)
    name = "max_completion_tokens" if model.startswith("gpt") else "max_tokens"
    assert [body[name] for body in sent] == [128_000, ceiling]


def test_a_refusal_that_names_no_usable_ceiling_is_not_mended() -> None:
    with pytest.raises(ProviderError) as error:
        conversation("openai", [replace(HELLO, max_tokens=128_000)], refused("openai", "max_tokens must be at most 1."))
    assert error.value.failure.error_class is ErrorClass.INVALID_REQUEST


@pytest.mark.parametrize(
    ("kind", "model", "sentence"),
    [
        ("gemini", "gemini-2.5-pro", "Budget 0 is invalid. This model only works in thinking mode."),
        ("gemini", "gemini-2.0-flash", "Thinking is not enabled for models/gemini-2.0-flash"),
        (
            "gemini",
            "gemini-3.8-flash",
            "Unable to submit request because thinking_level is not supported by this model.",
        ),
        ("gemini", "gemini-3.8-flash", "Invalid value. Please use thinking_budget instead of thinking_level."),
        ("claude", "", "This model does not support the effort parameter."),
        ("claude", "", "output_config.effort: Extra inputs are not permitted"),
        ("claude", "", "Effort levels are not available on this model."),
        ("openai", "some-model", "Unrecognized request argument supplied: reasoning_effort"),
        ("openai", "some-model", "Error code 400: reasoning effort is not supported with this model."),
    ],
)
def test_an_effort_is_dropped_in_whatever_words_it_is_refused(kind: str, model: str, sentence: str) -> None:
    effort = replace(HELLO, reasoning_effort="none")
    done, sent = conversation(kind, [effort, effort], refused(kind, sentence), recorded(kind, "ok"), model=model)
    assert len(sent) == 3
    assert not any(word in json.dumps(body) for body in sent[1:] for word in ("thinking", "effort"))
    assert [answer.dropped for answer in done] == [("reasoning_effort",)] * 2


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("claude", "Schema is too complex for compilation."),
        ("claude", "output_config.format.schema: For 'object' type, 'additionalProperties' must be set to false"),
        ("gemini", "The schema exceeds the maximum nesting depth of 5."),
        ("gemini", "Invalid JSON payload received. Unknown name \"$ref\" at 'generation_config.response_json_schema'"),
        ("openai", "Failed to convert the grammar: unsupported keyword 'pattern'"),
        ("openai", "This model does not support response format `json_schema`."),
    ],
)
def test_a_schema_refused_in_any_words_is_asked_for_in_words(kind: str, sentence: str) -> None:
    sent = bodies(kind, [replace(HELLO, output=SCHEMA)], refused(kind, sentence))
    assert len(sent) == 2
    assert "JSON schema" in json.dumps(sent[1])


@pytest.mark.parametrize(
    "sentence",
    [
        "Invalid schema for function 'find': In context=(), 'required' is required to be supplied.",
        "Unknown parameter: 'tools[0].function.strict'.",
        "tools.0.custom.strict: Extra inputs are not permitted",
        "Too many strict tools: at most 20 are supported.",
        "tools.0.custom.input_schema: For 'object' type, 'additionalProperties: object' is not supported",
    ],
)
@pytest.mark.parametrize("output", [Output(), SCHEMA])
def test_strictness_refused_in_any_words_is_left_out_and_the_form_is_kept(sentence: str, output: Output) -> None:
    strict = replace(HELLO, tools=(Tool(name="find", strict=True),), output=output)
    done, sent = conversation("openai", [strict], refused("openai", sentence), recorded("openai", "ok"))
    assert [body["tools"][0]["function"].get("strict") for body in sent] == [True, None]
    assert sent[0].get("response_format") == sent[1].get("response_format")
    assert done[0].dropped == ("tools.strict",)


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("Function tools are not supported. Please set reasoning_effort to none.", "none"),
        ("Function tools need another effort: use reasoning_effort='low'.", "low"),
        ("Function tools are not supported with reasoning; set `reasoning_effort` to `minimal`", "minimal"),
    ],
)
def test_a_value_to_set_is_read_in_any_quotes(sentence: str, value: str) -> None:
    with_tools = replace(HELLO, tools=(NOW,))
    sent = bodies("openai", [with_tools, HELLO], refused("openai", sentence, param="reasoning_effort"))
    assert [body.get("reasoning_effort") for body in sent] == [None, value, None]


def test_when_the_value_that_the_vendor_asked_for_is_refused_as_well_it_is_the_vendors_opinion() -> None:
    refusals = [
        refused(
            "openai", "Function tools are not supported; set reasoning_effort to 'none'.", param="reasoning_effort"
        ),
        refused("openai", "Unsupported value: 'reasoning_effort' does not support 'none'.", param="reasoning_effort"),
    ]
    with pytest.raises(ProviderError) as error:
        conversation("openai", [replace(HELLO, tools=(NOW,))], *refusals)
    assert error.value.failure.error_class is ErrorClass.INVALID_REQUEST


def test_a_sentence_about_the_account_wins_over_a_generic_code() -> None:
    refusal = refused(
        "openai",
        "Your organization must be verified to stream this model. Please go to the settings and verify.",
        code="unsupported_value",
        param="stream",
    )
    with pytest.raises(ProviderError) as error:
        conversation("openai", [HELLO], refusal)
    assert error.value.failure.error_class is ErrorClass.PERMISSION


def test_what_cannot_be_built_is_internal_and_no_vendor_is_asked() -> None:
    for kind in ("claude", "gemini", "openai"):
        broken = replace(HELLO, temperature=float("nan"))
        with pytest.raises(ProviderError) as error:
            conversation(kind, [broken], recorded(kind, "ok"))
        assert error.value.failure.error_class is ErrorClass.INTERNAL, kind
