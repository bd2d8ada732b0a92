"""Every fault against every vendor: what the caller of the real SDK gets to see, plainly and streaming."""

from typing import Any

import pytest

from llm.simulator import FaultName, Simulator
from tests.simulator.sdks import TIMEOUT_S, Outcome, ask, body_of

VENDORS = ("claude", "gemini", "openai")
SHORT_S = 1.5

# fault: (exception, status) at Claude, Gemini, OpenAI
REFUSALS: dict[str, tuple[tuple[str, int], tuple[str, int], tuple[str, int]]] = {
    "credit": (("BadRequestError", 400), ("ClientError", 429), ("RateLimitError", 429)),
    "rate_limited": (("RateLimitError", 429), ("ClientError", 429), ("RateLimitError", 429)),
    "server_error": (("InternalServerError", 500), ("ServerError", 500), ("InternalServerError", 500)),
    "bad_gateway": (("InternalServerError", 502), ("ServerError", 502), ("InternalServerError", 502)),
    "unavailable": (("ServiceUnavailableError", 503), ("ServerError", 503), ("InternalServerError", 503)),
    "overloaded": (("OverloadedError", 529), ("ServerError", 503), ("InternalServerError", 503)),
    "wrong_key": (("AuthenticationError", 401), ("ClientError", 400), ("AuthenticationError", 401)),
    "permission": (("PermissionDeniedError", 403), ("ClientError", 403), ("PermissionDeniedError", 403)),
    "model_not_found": (("NotFoundError", 404), ("ClientError", 404), ("NotFoundError", 404)),
    "context_length": (("BadRequestError", 400), ("ClientError", 400), ("BadRequestError", 400)),
    "invalid_request": (("BadRequestError", 400), ("ClientError", 400), ("BadRequestError", 400)),
}


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("place", range(3), ids=VENDORS)
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_reaches_the_caller_as_the_vendors_exception(
    sim: Simulator, fault: str, place: int, stream: bool
) -> None:
    vendor = VENDORS[place]
    sim.fault(vendor, fault)
    seen = ask(sim, vendor, stream=stream)

    assert (seen.error, seen.status) == REFUSALS[fault][place]
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


@pytest.mark.parametrize(("vendor", "fault", "variant"), WORDS)
def test_each_vendor_says_it_in_its_own_words(sim: Simulator, vendor: str, fault: str, variant: str) -> None:
    sim.fault(vendor, fault, variant=variant)

    assert WORDS[vendor, fault, variant] in body_of(ask(sim, vendor))


def test_the_wait_is_told_in_each_vendors_way_or_not_at_all(sim: Simulator) -> None:
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


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize(
    ("vendor", "finish"), [("claude", "refusal"), ("gemini", "SAFETY"), ("openai", "content_filter")]
)
def test_filtered_content_can_show_as_a_finish_reason(sim: Simulator, vendor: str, finish: str, stream: bool) -> None:
    sim.fault(vendor, "content_filtered", variant="finish")
    seen = ask(sim, vendor, stream=stream)

    assert (seen.error, seen.text, seen.finish) == ("", "", finish)


def test_gemini_can_block_the_prompt_itself(sim: Simulator) -> None:
    sim.fault("gemini", "content_filtered", variant="prompt")

    assert ask(sim, "gemini") == Outcome()


# What an answer that is no answer looks like through each SDK: exceptions, or text that the SDK lets pass.
_CUT = ("APIConnectionError", "RemoteProtocolError", "APIConnectionError")
_RESET = ("APIConnectionError", "ReadError", "APIConnectionError")
_TIMEOUT = ("APITimeoutError", "ReadTimeout", "APITimeoutError")
_NO_JSON = ("JSONDecodeError", "JSONDecodeError", "JSONDecodeError")
BROKEN: dict[tuple[str, bool], tuple[tuple[str, str, str], dict[str, Any]]] = {
    ("reset", False): (_RESET, {}),
    ("reset", True): (_RESET, {}),
    ("silence", False): (_TIMEOUT, {}),
    ("silence", True): (_TIMEOUT, {}),
    ("slow", False): (_TIMEOUT, {"delay": 30}),
    ("slow_first_token", True): (("ReadTimeout", "ReadTimeout", "APITimeoutError"), {"delay": 30}),
    ("stall", False): (_TIMEOUT, {}),
    ("stall", True): (("ReadTimeout", "ReadTimeout", "APITimeoutError"), {"chunks": 2}),
    ("cut", False): (_CUT, {}),
    ("cut", True): (("RemoteProtocolError", "RemoteProtocolError", "APIConnectionError"), {"chunks": 2}),
    ("clean_early_end", False): (_NO_JSON, {}),
    ("malformed_chunk", False): (_NO_JSON, {}),
    ("malformed_chunk", True): (("JSONDecodeError", "UnknownApiResponseError", "JSONDecodeError"), {}),
    ("error_event", False): (("OverloadedError", "ServerError", "InternalServerError"), {}),
    ("error_event", True): (("APIStatusError", "ServerError", "APIError"), {}),
    ("redirect", False): (("APIConnectionError", "ConnectError", "APIConnectionError"), {}),
}


@pytest.mark.parametrize("place", range(3), ids=VENDORS)
@pytest.mark.parametrize(("fault", "stream"), BROKEN, ids=lambda value: str(value))
def test_a_broken_answer_breaks_the_call(sim: Simulator, fault: str, stream: bool, place: int) -> None:
    expected, options = BROKEN[fault, stream]
    sim.fault(VENDORS[place], fault, **options)

    timeout = SHORT_S if "Timeout" in expected[place] else TIMEOUT_S

    assert ask(sim, VENDORS[place], stream=stream, timeout=timeout).error == expected[place]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stream_that_ends_early_but_cleanly_has_no_finish_reason(sim: Simulator, vendor: str) -> None:
    sim.fault(vendor, "clean_early_end", chunks=2)
    seen = ask(sim, vendor, stream=True)

    assert seen.error == ""
    assert len(seen.text) > 0
    assert seen.finish is None


@pytest.mark.parametrize("fault", ["drip", "no_done"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stream_that_is_only_odd_still_arrives_whole(sim: Simulator, vendor: str, fault: str) -> None:
    whole = ask(sim, vendor, stream=True)
    sim.fault(vendor, fault, delay=0.0, bytes=7)

    assert ask(sim, vendor, stream=True) == whole


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_an_empty_answer_is_a_good_answer_without_words(sim: Simulator, vendor: str, stream: bool) -> None:
    sim.fault(vendor, "empty")
    seen = ask(sim, vendor, stream=stream)

    assert (seen.error, seen.text) == ("", "")
    assert seen.finish in ("end_turn", "STOP", "stop")


def test_every_fault_is_in_one_of_these_tables() -> None:
    tested = {*REFUSALS, *(fault for fault, _ in BROKEN), "content_filtered", "drip", "no_done", "empty"}

    assert set(FaultName) - tested == {"html", "empty_body", "garbage_json", "body"}, "these are in test_faults_raw.py"
