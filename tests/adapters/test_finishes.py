"""Why an answer ended: every vendor's word for it, plain and streamed alike, and what a refusal becomes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from llm.adapters.claude.response import ClaudeReader
from llm.adapters.gemini.response import GeminiReader
from llm.adapters.openai.response import OpenAIReader
from llm.adapters.partial_response import Reader
from llm.core.chat.response import Completion, Finish, Usage
from llm.core.failures.policy import ErrorClass, Failure, ProviderError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
USAGE = Usage(input=11, output=3)


def claude(word: str, text: str, *, call: bool = False, **more: Any) -> tuple[Reader, dict[str, Any]]:
    content: list[Any] = [{"type": "text", "text": text}] if text else []
    content += [{"type": "tool_use", "id": "t", "name": "find", "input": {}}] if call else []
    usage = {"input_tokens": 11, "output_tokens": 3}
    return ClaudeReader(), {"content": content, "stop_reason": word, "usage": usage, **more}


def gemini(word: str, text: str, *, call: bool = False, **more: Any) -> tuple[Reader, dict[str, Any]]:
    parts: list[Any] = [{"text": text}] if text else []
    parts += [{"functionCall": {"name": "find", "args": {}}}] if call else []
    candidate = {"content": {"parts": parts}, "finishReason": word, **more}
    usage = {"promptTokenCount": 11, "candidatesTokenCount": 3}
    return GeminiReader(calls_before=0), {"candidates": [candidate], "usageMetadata": usage}


def openai(word: str, text: str, *, call: bool = False, **more: Any) -> tuple[Reader, dict[str, Any]]:
    calls = [{"id": "t", "type": "function", "function": {"name": "find", "arguments": "{}"}}] if call else None
    message = {"content": text or None, "tool_calls": calls, **more}
    usage = {"prompt_tokens": 11, "completion_tokens": 3}
    return OpenAIReader(), {"choices": [{"index": 0, "message": message, "finish_reason": word}], "usage": usage}


def whole(read: tuple[Reader, dict[str, Any]]) -> Completion:
    reader, body = read
    reader.whole(body)
    return reader.response.completion(asked_model="m", dropped=(), now=NOW)


def failure(read: tuple[Reader, dict[str, Any]]) -> Failure:
    with pytest.raises(ProviderError) as raised:
        whole(read)
    return raised.value.failure


WORDS: list[tuple[Any, str, Finish]] = [
    (claude, "end_turn", Finish.STOP),
    (claude, "stop_sequence", Finish.STOP),
    (claude, "max_tokens", Finish.LENGTH),
    (claude, "model_context_window_exceeded", Finish.LENGTH),
    (claude, "pause_turn", Finish.LENGTH),
    (claude, "refusal", Finish.CONTENT_FILTER),
    (gemini, "STOP", Finish.STOP),
    (gemini, "MAX_TOKENS", Finish.LENGTH),
    (gemini, "SAFETY", Finish.CONTENT_FILTER),
    (gemini, "RECITATION", Finish.CONTENT_FILTER),
    (gemini, "BLOCKLIST", Finish.CONTENT_FILTER),
    (gemini, "PROHIBITED_CONTENT", Finish.CONTENT_FILTER),
    (gemini, "SPII", Finish.CONTENT_FILTER),
    (gemini, "MODEL_ARMOR", Finish.CONTENT_FILTER),
    (openai, "stop", Finish.STOP),
    (openai, "length", Finish.LENGTH),
    (openai, "content_filter", Finish.CONTENT_FILTER),
]


@pytest.mark.parametrize(("vendor", "word", "finish"), WORDS)
def test_every_word_for_an_end_has_its_meaning(vendor: Any, word: str, finish: Finish) -> None:
    assert whole(vendor(word, "Bonjour")).finish is finish


@pytest.mark.parametrize(
    ("vendor", "word"), [(claude, "tool_use"), (gemini, "STOP"), (openai, "tool_calls"), (openai, "stop")]
)
def test_an_answer_with_calls_ends_by_them(vendor: Any, word: str) -> None:
    assert whole(vendor(word, "", call=True)).finish is Finish.TOOL_CALLS


@pytest.mark.parametrize(
    ("vendor", "word"),
    [(gemini, "MALFORMED_FUNCTION_CALL"), (gemini, "UNEXPECTED_TOOL_CALL"), (openai, "error"), (openai, "")],
)
def test_an_end_that_is_none_is_a_bad_response(vendor: Any, word: str) -> None:
    assert failure(vendor(word, "Bonj")).error_class is ErrorClass.BAD_RESPONSE


NO = "I can't."
REFUSALS: list[tuple[Any, str, Finish]] = [
    # the answer, the words of the refusal, the finish reason
    (claude("refusal", "", stop_details={"type": "refusal", "explanation": NO}), NO, Finish.CONTENT_FILTER),
    (claude("refusal", ""), "The model refused to answer (refusal).", Finish.CONTENT_FILTER),
    (gemini("SAFETY", "", finishMessage=NO), NO, Finish.CONTENT_FILTER),
    (gemini("RECITATION", ""), "The model refused to answer (RECITATION).", Finish.CONTENT_FILTER),
    (openai("stop", "", refusal=NO), NO, Finish.STOP),
    (openai("content_filter", ""), "The model refused to answer (content_filter).", Finish.CONTENT_FILTER),
]


@pytest.mark.parametrize(("read", "words", "finish"), REFUSALS)
def test_a_refusal_keeps_its_words_its_end_and_its_price(read: Any, words: str, finish: Finish) -> None:
    found = failure(read)
    assert (found.error_class, found.usage) == (ErrorClass.CONTENT_FILTERED, USAGE)
    assert found.refusal is not None
    assert (found.refusal.text, found.refusal.finish, found.refusal.model) == (words, finish, "m")


@pytest.mark.parametrize(
    "read",
    [
        claude("refusal", "Take a", stop_details={"explanation": NO}),
        gemini("SAFETY", "Take a", finishMessage=NO),
        openai("stop", "Take a", refusal=NO),
    ],
    ids=["claude", "gemini", "openai"],
)
def test_a_refusal_after_words_is_an_answer_that_a_filter_ended(read: Any) -> None:
    answer = whole(read)
    assert (answer.text, answer.finish, answer.refusal) == ("Take a", Finish.CONTENT_FILTER, "")


@pytest.mark.parametrize("vendor", [claude, gemini, openai])
def test_an_empty_answer_has_its_price_too(vendor: Any) -> None:
    found = failure(vendor({claude: "max_tokens", gemini: "MAX_TOKENS", openai: "length"}[vendor], ""))
    assert (found.error_class, found.usage) == (ErrorClass.BAD_RESPONSE, USAGE)
