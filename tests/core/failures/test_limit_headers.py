"""What vendors' headers say of their limits."""

from datetime import UTC, datetime

import pytest

from llm.core.capacity.readings import Refill
from llm.core.failures.limit_headers import readings_of

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def test_anthropic_gives_back_steadily_and_its_tightest_limit_of_tokens_counts() -> None:
    readings = readings_of(
        {
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "40",
            "anthropic-ratelimit-requests-reset": "2026-11-28T12:00:12Z",
            "anthropic-ratelimit-input-tokens-limit": "30000",
            "anthropic-ratelimit-input-tokens-remaining": "29000",
            "anthropic-ratelimit-output-tokens-limit": "8000",
            "anthropic-ratelimit-output-tokens-remaining": "2000",
            "anthropic-ratelimit-output-tokens-reset": "2026-11-28T12:00:45Z",
        },
        NOW,
    )
    assert readings is not None
    assert readings.requests is not None
    assert readings.tokens is not None
    assert (readings.requests.left, readings.requests.limit, readings.requests.resets_in_s) == (40, 50, 12)
    assert (readings.tokens.left, readings.tokens.limit, readings.tokens.resets_in_s) == (2000, 8000, 45)
    assert readings.spares_cache
    assert not readings.reserves


def test_openai_reserves_the_longest_answer() -> None:
    readings = readings_of(
        {
            "x-ratelimit-limit-requests": "500",
            "x-ratelimit-remaining-requests": "499",
            "x-ratelimit-reset-requests": "120ms",
            "x-ratelimit-limit-tokens": "30000",
            "x-ratelimit-remaining-tokens": "24000",
            "x-ratelimit-reset-tokens": "12s",
        },
        NOW,
    )
    assert readings is not None
    assert readings.requests is not None
    assert readings.tokens is not None
    assert readings.reserves
    assert readings.tokens.per_s == 500
    assert readings.requests.resets_in_s == 0.12


def test_a_limit_of_a_day_comes_back_at_a_days_pace() -> None:
    """Groq's limit of requests is a day's (https://console.groq.com/docs/rate-limits)."""
    headers = {
        "x-ratelimit-limit-requests": "14400",
        "x-ratelimit-remaining-requests": "14370",
        "x-ratelimit-reset-requests": "3m0s",
    }
    readings = readings_of(headers, NOW)
    assert readings is not None
    assert readings.requests is not None
    assert readings.requests.per_s == pytest.approx(14400 / 86400)


def test_the_general_headers_come_back_at_once() -> None:
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "3", "x-ratelimit-reset": "1795867230000"}
    readings = readings_of(headers, NOW)
    assert readings is not None
    assert readings.requests is not None
    assert readings.requests.refill is Refill.AT_ONCE
    assert readings.tokens is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/html"},
        {"x-ratelimit-remaining-requests": "3"},
        {"x-ratelimit-remaining-requests": "many", "x-ratelimit-limit-requests": "100"},
        {"x-ratelimit-remaining-requests": "nan", "x-ratelimit-limit-requests": "100"},
        {"x-ratelimit-remaining-requests": "5", "x-ratelimit-limit-requests": "0"},
        {"x-ratelimit-remaining-requests": "-1", "x-ratelimit-limit-requests": "10"},
    ],
)
def test_without_a_usable_limit_nothing_is_known(headers: dict[str, str]) -> None:
    assert readings_of(headers, NOW) is None
