"""The simulator's own proof: its faults as a caller of the real SDKs gets them.

Every fault against every vendor, as the gateway gets it: `tests/adapters/test_simulator.py`.
"""

from typing import Any

import pytest

from llm.simulator import Simulator
from tests.simulator.sdks import TIMEOUT_S, Outcome, ask, body_of

VENDORS = ("claude", "gemini", "openai")
SHORT_S = 1.5
REFUSALS = [
    ("claude", "overloaded", "OverloadedError", 529),
    ("gemini", "wrong_key", "ClientError", 400),
    ("openai", "credit", "RateLimitError", 429),
]


@pytest.mark.parametrize(("vendor", "fault", "error", "status"), REFUSALS)
def test_a_refusal_reaches_the_caller_as_the_vendors_exception(
    sim: Simulator, vendor: str, fault: str, error: str, status: int
) -> None:
    sim.fault(vendor, fault)
    outcome = ask(sim, vendor)

    assert (outcome.error, outcome.status) == (error, status)
    assert sim.calls(vendor) == 1
    assert sim.requests(vendor)[0].fault == fault


WORDS = {
    ("claude", "credit", ""): "Your credit balance is too low",
    ("claude", "credit", "spend_limit"): "You have reached your specified API usage limits",
    ("gemini", "credit", ""): "Your prepayment credits are depleted",
    ("gemini", "credit", "daily"): "GenerateRequestsPerDayPerProjectPerModel",
    ("openai", "credit", ""): "insufficient_quota",
    ("openai", "credit", "spend_limit"): "billing_hard_limit_reached",
    ("openai", "context_length", ""): "context_length_exceeded",
    ("openai", "content_filtered", ""): "invalid_prompt",
    ("claude", "content_filtered", "error"): "Output blocked by content filtering policy",
}


def test_each_vendor_says_it_in_its_own_words(sim: Simulator) -> None:
    for (vendor, fault, variant), words in WORDS.items():
        sim.fault(vendor, fault, variant=variant)
        assert words in body_of(ask(sim, vendor))


def test_the_wait_is_stated_in_each_vendors_way_or_not_at_all(sim: Simulator) -> None:
    for vendor in VENDORS:
        sim.fault(vendor, "rate_limited", retry_after=30)
    claude, gemini, openai = (ask(sim, vendor).caught for vendor in VENDORS)
    assert claude.response.headers["retry-after"] == "30"  # type: ignore[union-attr]
    assert gemini.details["error"]["details"][-1]["retryDelay"] == "30s"  # type: ignore[union-attr]
    assert openai.response.headers["retry-after-ms"] == "30000"  # type: ignore[union-attr]

    for vendor in VENDORS:
        sim.fault(vendor, "rate_limited")
        seen = ask(sim, vendor)
        assert "retry" not in body_of(seen).lower()
        assert "retry-after" not in seen.caught.response.headers  # type: ignore[union-attr]


def test_filtered_content_can_show_as_a_finish_reason_or_as_no_answer(sim: Simulator) -> None:
    for vendor, finish in (("claude", "refusal"), ("gemini", "SAFETY"), ("openai", "content_filter")):
        sim.fault(vendor, "content_filtered", variant="finish")
        for stream in (False, True):
            outcome = ask(sim, vendor, stream=stream)
            assert (outcome.error, outcome.text, outcome.finish) == ("", "", finish)
    sim.fault("gemini", "content_filtered", variant="prompt")
    assert ask(sim, "gemini") == Outcome()


BROKEN: list[tuple[str, str, bool, str, dict[str, Any]]] = [
    ("gemini", "reset", True, "ReadError", {}),
    ("openai", "slow_first_token", True, "APITimeoutError", {"delay": 30}),
    ("claude", "redirect", False, "APIConnectionError", {}),
]


@pytest.mark.parametrize(("vendor", "fault", "stream", "error", "options"), BROKEN)
def test_a_broken_answer_breaks_the_call(
    sim: Simulator, vendor: str, fault: str, stream: bool, error: str, options: dict[str, Any]
) -> None:
    sim.fault(vendor, fault, **options)
    timeout = SHORT_S if "Timeout" in error else TIMEOUT_S

    assert ask(sim, vendor, stream=stream, timeout=timeout).error == error


def test_a_stream_that_drips_still_arrives_whole(sim: Simulator) -> None:
    for vendor in VENDORS:
        whole = ask(sim, vendor, stream=True)
        sim.fault(vendor, "drip", delay=0.0, bytes=7)
        assert ask(sim, vendor, stream=True) == whole
