"""Every parameter of a chat completion: what each vendor's wire sees of it, and what the caller is told."""

from typing import Any

import openai
import pytest
from django.test import Client

from tests.api.openai.chatting import VENDORS, Chat
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)
by_vendor = pytest.mark.parametrize("vendor", VENDORS)


def at(body: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(body, dict) or step not in body:
            return None
        body = body[step]
    return body


G = "generationConfig."
PARAMETERS: list[tuple[str, dict[str, Any], str | None, Any]] = [
    # vendor, what is asked, where the vendor sees it (None: nowhere, and the caller is told), as what
    ("claude", {"max_tokens": 77}, "max_tokens", 77),
    ("claude", {"max_completion_tokens": 77}, "max_tokens", 77),
    ("claude", {"temperature": 0.5}, "temperature", 0.5),
    ("claude", {"top_p": 0.9}, "top_p", 0.9),
    ("claude", {"stop": "FIN"}, "stop_sequences", ["FIN"]),
    ("claude", {"stop": ["FIN", "END"]}, "stop_sequences", ["FIN", "END"]),
    ("claude", {"seed": 7}, None, None),
    ("claude", {"frequency_penalty": 0.5}, None, None),
    ("claude", {"presence_penalty": 0.5}, None, None),
    ("claude", {"user": "u-1"}, "metadata.user_id", "u-1"),
    ("claude", {"reasoning_effort": "high"}, "output_config.effort", "high"),
    ("claude", {"metadata": {"ticket": "7"}}, None, None),
    ("gemini", {"max_tokens": 77}, G + "maxOutputTokens", 77),
    ("gemini", {"max_completion_tokens": 77}, G + "maxOutputTokens", 77),
    ("gemini", {"temperature": 1.5}, G + "temperature", 1.5),
    ("gemini", {"top_p": 0.9}, G + "topP", 0.9),
    ("gemini", {"stop": "FIN"}, G + "stopSequences", ["FIN"]),
    ("gemini", {"stop": ["FIN", "END"]}, G + "stopSequences", ["FIN", "END"]),
    ("gemini", {"seed": 7}, G + "seed", 7),
    ("gemini", {"frequency_penalty": 0.5}, G + "frequencyPenalty", 0.5),
    ("gemini", {"presence_penalty": 0.5}, G + "presencePenalty", 0.5),
    ("gemini", {"user": "u-1"}, None, None),
    ("gemini", {"reasoning_effort": "max"}, G + "thinkingConfig.thinkingLevel", "high"),
    ("gemini", {"metadata": {"ticket": "7"}}, None, None),
    ("openai", {"max_tokens": 77}, "max_completion_tokens", 77),
    ("openai", {"max_completion_tokens": 77}, "max_completion_tokens", 77),
    ("openai", {"temperature": 0.5}, None, None),  # its reasoning models refuse it
    ("openai", {"top_p": 0.9}, "top_p", 0.9),
    ("openai", {"stop": "FIN"}, None, None),  # likewise
    ("openai", {"seed": 7}, "seed", 7),
    ("openai", {"frequency_penalty": 0.5}, "frequency_penalty", 0.5),
    ("openai", {"presence_penalty": 0.5}, "presence_penalty", 0.5),
    ("openai", {"user": "u-1"}, "user", "u-1"),
    ("openai", {"reasoning_effort": "minimal"}, "reasoning_effort", "minimal"),
    ("openai", {"metadata": {"ticket": "7"}}, None, None),
]


@pytest.mark.parametrize(("vendor", "given", "path", "value"), PARAMETERS)
def test_a_parameter_arrives_or_is_named_as_dropped(
    chat: Chat, vendor: str, given: dict[str, Any], path: str | None, value: Any
) -> None:
    reply = chat.ask(vendor, **given)
    (name,) = given
    if path is None:
        assert reply.dropped == {name}
        assert f"'{name}':" not in str(chat.seen(vendor))
    else:
        assert reply.dropped == set()
        assert at(chat.seen(vendor), path) == value


def test_claude_gets_its_highest_temperature_and_the_caller_sees_it_dropped(chat: Chat) -> None:
    reply = chat.ask("claude", temperature=1.5)
    assert (chat.seen("claude")["temperature"], reply.dropped) == (1.0, {"temperature"})


def test_a_stop_sequence_ends_the_answer(chat: Chat) -> None:
    for vendor in ("claude", "gemini"):
        reply = chat.ask(vendor, stop="Bonapriso")
        assert reply.finish == "stop"
        assert "Bonapriso" not in reply.message.content


@by_vendor
def test_a_limit_cuts_the_answer_and_says_so(chat: Chat, vendor: str) -> None:
    reply = chat.ask(vendor, max_tokens=2)
    assert (reply.finish, len(reply.message.content) <= 8) == ("length", True)
    assert chat.stream(vendor, max_tokens=2).finish == "length"


def test_what_was_dropped_shows_in_a_streams_last_chunk_and_in_the_record(
    chat: Chat, client: Client, admin: Person
) -> None:
    streamed = chat.stream("claude", seed=7, presence_penalty=0.5, metadata={"a": "b"})
    assert streamed.dropped == {"seed", "presence_penalty", "metadata"}
    assert streamed.finish == "stop"
    (call,) = client.get("/api/llm/calls", headers=admin.headers).json()["calls"]
    told = client.get(f"/api/llm/calls/{call['id']}", headers=admin.headers).json()
    assert set(told["dropped"]) == {"seed", "presence_penalty", "metadata"}


def test_an_answer_with_all_parameters_has_no_dropped_header(chat: Chat) -> None:
    assert "X-LLM-Dropped" not in chat.ask("claude", temperature=0.5, extra_body={"store": False}).headers
    assert chat.stream("claude").dropped == set()


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"n": 2}, "n"),
    ({"logprobs": True}, "logprobs"),
    ({"top_logprobs": 3}, "top_logprobs"),
    ({"logit_bias": {"50256": -100}}, "logit_bias"),
    ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
    ({"seed": 1.5}, "seed"),
    ({"temperature": 3}, "temperature"),
    ({"frequency_penalty": 3}, "frequency_penalty"),
    ({"reasoning_effort": "heroic"}, "reasoning_effort"),
    ({"metadata": {"n": 1}}, "metadata.n"),
    ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
    ({"metadata": {"k" * 65: ""}}, "metadata"),
    ({"metadata": {"k": "v" * 513}}, "metadata.k"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"functions": []}, "functions"),
    ({"modalities": ["audio"]}, "modalities"),
]


@pytest.mark.parametrize(("given", "param"), REFUSED)
def test_unserved_parameters_are_refused_by_name_before_any_vendor_call(
    chat: Chat, given: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        chat.ask("claude", **given)
    assert caught.value.param == param
    assert param in str(caught.value)
    assert chat.asked() == {"claude": 0, "gemini": 0, "openai": 0}


CACHED = 3


@by_vendor
def test_usage_is_exact_plain_and_streamed(chat: Chat, vendor: str) -> None:
    chat.sim.reply(vendor, text="Twelve signs", cached_tokens=CACHED)
    thought = 0 if vendor == "claude" else 64
    plain = chat.ask(vendor, max_tokens=500).answer.usage
    (*before, last) = chat.stream(vendor, max_tokens=500, stream_options={"include_usage": True}).chunks
    assert all(chunk.usage is None for chunk in before)
    for usage in (plain, last.usage):
        assert usage is not None
        assert usage.prompt_tokens == 8  # 30 characters, four to a token
        assert usage.completion_tokens == 3 + thought
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
        assert usage.prompt_tokens_details is not None
        assert usage.prompt_tokens_details.cached_tokens == CACHED
        assert usage.completion_tokens_details is not None
        assert usage.completion_tokens_details.reasoning_tokens == thought


@by_vendor
def test_a_stream_has_usage_only_with_include_usage(chat: Chat, vendor: str) -> None:
    assert all(chunk.usage is None for chunk in chat.stream(vendor).chunks)
