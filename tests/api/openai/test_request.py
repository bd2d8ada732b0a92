"""OpenAI's request, parameter by parameter: what is understood, what is refused and under which name."""

from dataclasses import replace
from typing import Any

import pytest

from llm.core.chat.request import Role, message
from tests.api.reading import read, refusal


def test_the_smallest_request() -> None:
    call = read()
    assert call.model == "default"
    assert call.request.messages == (message(Role.USER, "Hello"),)
    assert (call.stream, call.include_usage, call.fallbacks, call.static, call.language) == (
        False,
        False,
        None,
        True,
        None,
    )


def test_sampling_parameters_are_passed_on() -> None:
    request = read(
        temperature=0.5, top_p=1, seed=7, frequency_penalty=-1, presence_penalty=2, user="u", reasoning_effort="low"
    ).request
    assert (request.temperature, request.top_p, request.seed) == (0.5, 1.0, 7)
    assert (request.frequency_penalty, request.presence_penalty) == (-1.0, 2.0)
    assert (request.user, request.reasoning_effort) == ("u", "low")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6}, 6),
        ({"max_tokens": 6, "max_completion_tokens": 6}, 6),
        ({}, None),
    ],
)
def test_max_tokens_has_two_names(given: dict[str, int], expected: int | None) -> None:
    assert read(**given).request.max_tokens == expected


@pytest.mark.parametrize(("stop", "expected"), [("a", ("a",)), (["a", "b"], ("a", "b")), (None, ()), ([], ())])
def test_stop_is_a_string_or_a_list(stop: Any, expected: tuple[str, ...]) -> None:
    assert read(stop=stop).request.stop == expected


def test_a_null_is_as_good_as_nothing() -> None:
    assert read(temperature=None, tools=None, n=None, stream=None, stream_options=None, logit_bias=None) == read()


def test_what_only_openai_would_act_upon_is_taken_and_named() -> None:
    harmless = {"metadata": {"a": "b"}, "store": True, "service_tier": "flex", "prompt_cache_key": "k", "n": 1}
    found = read(**harmless, logprobs=False, modalities=["text"], verbosity="low", safety_identifier="x").request
    named = ("metadata", "prompt_cache_key", "safety_identifier", "service_tier", "store", "verbosity")
    assert found.unserved == named
    assert replace(found, unserved=()) == read().request


def test_what_asks_for_nothing_is_not_named() -> None:
    given = {"metadata": {}, "store": False, "service_tier": "auto", "verbosity": "medium", "n": 1, "logprobs": False}
    assert read(**given).request.unserved == ()


def test_a_message_s_name_is_named_but_not_a_tools() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "name": "weather", "content": "Rain"},
    ]
    assert read(messages=history).request.unserved == ()
    history[0]["name"] = "alice"
    assert read(messages=history).request.unserved == ("messages.name",)


def test_our_three_additions() -> None:
    call = read(fallbacks=["openai", "gemini", "openai"], static=False, language="en")
    assert (call.fallbacks, call.static, call.language) == (("openai", "gemini"), False, "en")
    assert read(fallbacks=[]).fallbacks == ()


def test_usage_may_be_asked_for_in_a_stream() -> None:
    call = read(stream=True, stream_options={"include_usage": True})
    assert (call.stream, call.include_usage) == (True, True)


@pytest.mark.parametrize(
    "given",
    [
        {"model": None},
        {"model": ""},
        {"model": 5},
        {"messages": None},
        {"messages": []},
        {"messages": "hello"},
        {"stream": "true"},
        {"stream": 1},
        {"temperature": "hot"},
        {"temperature": 2.1},
        {"temperature": True},
        {"top_p": -0.1},
        {"max_tokens": 0},
        {"max_tokens": 1.5},
        {"max_completion_tokens": -1},
        {"seed": "s"},
        {"seed": 2**70},
        {"stop": ""},
        {"stop": ["a", 1]},
        {"stop": list("abcde")},
        {"frequency_penalty": 3},
        {"presence_penalty": []},
        {"reasoning_effort": "extreme"},
        {"user": 5},
        {"user": "u" * 600},
        {"n": 2},
        {"n": 0},
        {"n": True},
        {"logprobs": True},
        {"top_logprobs": 3},
        {"logit_bias": {"1": 2}},
        {"modalities": ["text", "audio"]},
        {"audio": {}},
        {"functions": []},
        {"function_call": "auto"},
        {"web_search_options": {}},
        {"temprature": 1},
        {"stream_options": {"include_usage": True}},
        {"stream_options": []},
        {"fallbacks": "gemini"},
        {"fallbacks": [1]},
        {"fallbacks": [""]},
        {"fallbacks": [str(n) for n in range(21)]},
        {"static": "no"},
        {"language": "de"},
        {"tools": {}},
        {"tool_choice": "required"},
        {"parallel_tool_calls": "yes"},
    ],
)
def test_a_bad_parameter_is_named(given: dict[str, Any]) -> None:
    error = refusal(**given)
    assert (error.status, error.param) == (400, next(iter(given)))
