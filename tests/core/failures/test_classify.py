"""The fields of a failure beside its class; a caller's own text never decides it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.failures.classify import PHRASES, classify
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.failures.signal import Signal, Transport

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)


def judge(
    body: object, status: int | None = 400, *, headers: Mapping[str, str] | None = None, streaming: bool = False
) -> Failure:
    signal = Signal(status=status, body=body, headers=headers or {}, streaming=streaming)
    return classify(signal, now=NOW)


def anthropic(message: str, kind: str = "invalid_request_error") -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_body"}


def openai(message: str, code: str | None = None, param: str | None = None) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


CALLERS_WORDS = (
    "Your credit balance is too low to access the Anthropic API.",
    "You exceeded your current quota, please check your plan and billing details.",
    "Overloaded",
    "This organization has been disabled.",
    "Output blocked by content filtering policy",
    "prompt is too long: 208310 tokens > 200000 maximum",
    "The provided model identifier is invalid.",
    '{"error": {"code": "insufficient_quota", "message": "Rate limit reached"}}',
    "{'error': {'type': 'authentication_error'}}",
    "Error code: 429 - {'error': {'code': 'insufficient_quota'}}",
    "insufficient balance (1008)",
    "余额不足",
)


@pytest.mark.parametrize("words", CALLERS_WORDS)
@pytest.mark.parametrize(
    "body",
    [
        lambda words: anthropic(f"messages.0.content.0.text: {words} is no valid block"),
        lambda words: anthropic(f'messages.0: "{words}" was unexpected'),
        lambda words: openai(f"'{words}' is too long - 'messages.0.content'"),
        lambda words: openai(f"Invalid value: '{words}'. Supported values are: 'text'.", "invalid_value"),
        lambda words: openai(f"{{'role': 'x', 'content': {words!r}}} is not valid under any of the given schemas"),
        lambda words: {"detail": [{"loc": ["body", "messages"], "msg": "Field required", "input": words}]},
        lambda words: {"message": "messages[0]: bad role", "input": words, "failed_generation": words},
    ],
)
def test_a_callers_words_inside_an_error_do_not_change_its_class(body: Callable[[str], object], words: str) -> None:
    failure = judge(body(words))
    assert failure.error_class is ErrorClass.INVALID_REQUEST


def test_no_phrase_rule_is_a_loose_word_and_each_names_its_evidence() -> None:
    for rule in PHRASES:
        assert rule.case
        assert len(rule.pattern.pattern) >= 8, rule.pattern.pattern
        for word in ("credit", "quota", "billing", "balance", "limit", "model", "error", "token"):
            assert not rule.pattern.match(word), rule.pattern.pattern


def test_the_vendors_text_is_kept_cut_and_without_secrets() -> None:
    key = "sk-proj-abcdefghijklmnop"
    failure = judge(openai(f"Incorrect API key provided: {key}. " + "x" * 900, "invalid_api_key"), 401)
    assert failure.message.startswith("Incorrect API key provided: ***")
    assert len(failure.message) == 500


def test_a_secret_across_the_cut_is_masked() -> None:
    failure = judge({"message": "y" * 490 + " sk-proj-abcdefghijklmnop"}, 500)
    assert "sk-" not in failure.message


def test_the_request_id_comes_from_a_header_or_from_the_body() -> None:
    assert judge(anthropic("x"), headers={"request-id": "req_head"}).vendor_request_id == "req_head"
    assert judge(anthropic("x"), headers={"x-amzn-requestid": "aws"}).vendor_request_id == "aws"
    assert judge(anthropic("x")).vendor_request_id == "req_body"


def test_a_stream_error_has_the_inner_status() -> None:
    body = {"error": {"message": "Tool call validation failed: x", "code": "tool_use_failed", "status_code": 400}}
    assert judge(body, 200, streaming=True).http_status == 400
    assert judge(anthropic("Overloaded", "overloaded_error"), 200, streaming=True).http_status == 200


def test_the_vendor_code_is_the_one_that_decided() -> None:
    assert judge(openai("x", "insufficient_quota"), 429).vendor_code == "insufficient_quota"
    assert judge({"base_resp": {"status_code": 1008, "status_msg": "no money"}}, 200).vendor_code == "minimax:1008"


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        (openai("Unsupported parameter: 'top_p' is not supported with this model.", None, "top_p"), "top_p"),
        (openai("Unsupported value: 'temperature' does not support 0.2 with this model."), "temperature"),
        (openai("No.", "unsupported_parameter", "seed"), "seed"),
        (openai("Unknown parameter: 'reasoning_effort'."), "reasoning_effort"),
        ({"message": "This model doesn't support the stopSequences field. Remove it."}, "stopSequences"),
        (anthropic("`temperature` is deprecated for this model."), "temperature"),
        (openai("Unsupported value: 'messages[0].role' does not support 'system' with this model."), None),
        (anthropic("This model does not support effort level 'xhigh'. Supported levels: high."), None),
    ],
)
def test_what_only_this_model_refuses_names_its_parameter(body: object, parameter: str | None) -> None:
    failure = judge(body)
    assert (failure.error_class, failure.parameter) == (ErrorClass.INVALID_REQUEST, parameter)


def test_a_callers_mistake_has_no_parameter_to_drop() -> None:
    failure = judge(openai("Invalid 'temperature': decimal below minimum value.", None, "temperature"))
    assert (failure.error_class, failure.parameter) == (ErrorClass.INVALID_REQUEST, None)


def test_spent_credit_lasts_until_the_vendors_date() -> None:
    text = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
    assert judge(anthropic(text)).until == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_daily_quota_lasts_as_long_as_its_sentence_says() -> None:
    text = "Rate limit reached for gpt-4o in org-x on requests per day (RPD): Limit 2. Please try again in 1h2m"
    failure = judge(openai(text, "rate_limit_exceeded"), 429)
    assert failure.error_class is ErrorClass.CREDIT_EXHAUSTED
    assert failure.until == datetime(2026, 9, 22, 13, 2, tzinfo=UTC)


def test_openrouters_reset_in_its_body_is_read() -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp() + 7200) * 1000)}
    error = {"message": "Rate limit exceeded: free-models-per-day", "code": 429, "metadata": {"headers": headers}}
    assert judge({"error": error}, 429).until == datetime(2026, 9, 22, 14, 0, tzinfo=UTC)


def test_a_short_retry_after_is_no_date_for_spent_credit() -> None:
    assert judge(openai("x", "insufficient_quota"), 429, headers={"retry-after": "3"}).until is None


def test_googles_retry_info_is_no_date_for_a_daily_quota() -> None:
    details = [
        {"@type": "t/google.rpc.QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]},
        {"@type": "t/google.rpc.RetryInfo", "retryDelay": "3600s"},
    ]
    failure = judge({"error": {"code": 429, "message": "x", "details": details}}, 429)
    assert (failure.error_class, failure.until) == (ErrorClass.CREDIT_EXHAUSTED, None)


def test_a_refused_request_names_no_wait() -> None:
    assert judge(openai("Please try again in 5s"), headers={"retry-after": "5"}).retry_after_s is None


def test_without_a_body_the_sdks_message_is_the_evidence() -> None:
    failure = classify(Signal(message="Error code: 429 - {'error': {'code': 'insufficient_quota'}}"), now=NOW)
    assert failure.error_class is ErrorClass.CREDIT_EXHAUSTED


def test_an_empty_signal_is_unknown() -> None:
    assert classify(Signal(), now=NOW).error_class is ErrorClass.UNKNOWN


words = st.text(max_size=30) | st.sampled_from(
    ["error", "message", "code", "type", "details", "metadata", "raw", "base_resp", "status_code", "choices",
     "candidates", "finishReason", "violations", " @type", "google.rpc.QuotaFailure", "insufficient_quota",
     "{'error': {'code': 1}}", "litellm.X: ", "<html>", "data: {}", "Please retry in 9e9s", "nan", *CALLERS_WORDS]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
bodies = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5), max_leaves=20
)
names = st.sampled_from(
    ["retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-remaining", "x-amzn-errortype",
     "anthropic-ratelimit-tokens-reset", "anthropic-ratelimit-tokens-remaining", "request-id"]
) | st.text(max_size=20)  # fmt: skip
values = st.text(max_size=40) | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(str) | st.just("0")


@given(
    body=bodies,
    headers=st.dictionaries(names, values, max_size=5),
    status=st.none() | st.integers(min_value=-1, max_value=1000),
    transport=st.none() | st.sampled_from(Transport),
    streaming=st.booleans(),
    message=words,
)
def test_classify_never_raises(
    body: object,
    headers: dict[str, str],
    status: int | None,
    transport: Transport | None,
    streaming: bool,
    message: str,
) -> None:
    signal = Signal(
        status=status, headers=headers, body=body, transport=transport, streaming=streaming, message=message
    )
    failure = classify(signal, now=NOW)
    assert isinstance(failure.error_class, ErrorClass)
    assert len(failure.message) <= 500
    assert failure.retry_after_s is None or 0 <= failure.retry_after_s < float("inf")


def test_half_a_character_in_a_vendors_message_breaks_no_writer() -> None:
    body = {"error": {"message": "caf\ud83d au lait", "code": "x\ud83d", "type": "y"}}
    failure = classify(Signal(status=500, headers={}, body=body), now=NOW)
    assert failure.message == "caf\ufffd au lait"
    (failure.vendor_code or "").encode()
