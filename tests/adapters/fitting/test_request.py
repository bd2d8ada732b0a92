"""A request is fitted to the bounds of the vendor that gets it."""

import pytest

from llm.adapters.fitting.request import fit, surplus_stops
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.routing.limits import NO_LIMITS, RequestLimits
from llm.limits import limits_of

HELLO = (message(Role.USER, "hello"),)
OPENAI = limits_of("openai", "gpt-6.1-terra")
CLAUDE = limits_of("claude", "claude-sonnet-5-5")
CLAUDE_CODE = f"user_{'0123456789abcdef' * 4}_account_6f7a3d6e-0000-4000-8000-000000000000_session_0000"


def test_a_user_that_is_too_long_is_hashed_and_the_same_user_has_the_same_hash() -> None:
    asked = ChatRequest(messages=HELLO, user=CLAUDE_CODE)
    fitted = fit(asked, OPENAI)
    assert fitted.user != CLAUDE_CODE
    assert len(fitted.user or "") == 64
    assert fit(asked, OPENAI).user == fitted.user
    assert fit(asked, CLAUDE).user == CLAUDE_CODE


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        ("ada@example.com", False),
        ("customer ada@example.com", False),
        ("+237 6 99 12 34 56", False),
        ("699123456", False),
        ("customer-1234567", True),
        ("6f7a3d6e-0000-4000-8000-000000000000", True),
        ("user@local", True),
    ],
)
def test_a_user_that_names_a_person_is_hashed_where_the_vendor_wants_it(user: str, sent: bool) -> None:
    asked = ChatRequest(messages=HELLO, user=user)
    assert (fit(asked, CLAUDE).user == user) is sent
    assert fit(asked, OPENAI).user == user


def test_max_tokens_are_capped_to_what_the_model_can_give() -> None:
    asked = ChatRequest(messages=HELLO, max_tokens=128_000)
    assert fit(asked, CLAUDE) is asked
    assert fit(asked, limits_of("claude", "claude-haiku-4-5")).max_tokens == 64_000
    assert fit(asked, limits_of("claude", "claude-3-haiku-20240307")).max_tokens == 4_096
    assert fit(asked, limits_of("openai", "openai/gpt-4o-mini")).max_tokens == 16_384


def test_stops_beyond_the_vendors_number_are_not_sent() -> None:
    asked = ChatRequest(messages=HELLO, stop=("a", "b", "c", "d", "e", "f"))
    assert fit(asked, OPENAI).stop == ("a", "b", "c", "d")
    assert fit(asked, CLAUDE).stop == asked.stop


def test_blank_stops_go_only_to_vendors_that_take_them() -> None:
    asked = ChatRequest(messages=HELLO, stop=("\n\n", "END"))
    assert fit(asked, CLAUDE).stop == ("END",)
    assert fit(asked, OPENAI).stop == ("\n\n", "END")


def test_a_request_within_the_bounds_is_left_alone() -> None:
    asked = ChatRequest(messages=HELLO, user="u-1", max_tokens=100, stop=("END",))
    assert fit(asked, OPENAI) is asked
    assert fit(ChatRequest(messages=HELLO, user="u" * 999), NO_LIMITS).user == "u" * 999


def test_a_compatible_vendors_model_has_no_numbers_of_openais() -> None:
    limits = limits_of("openai", "mistral-large-latest")
    assert (limits.tools, limits.stops, limits.user, limits.output_tokens) == (None, None, None, None)
    assert limits.tool_name is not None


def test_stops_that_are_not_sent_are_the_surplus_blank_ones_included() -> None:
    request = ChatRequest(messages=HELLO, stop=("\n\n", "a", "b", "c"))
    limits = RequestLimits(stops=2, blank_stops=False)
    assert fit(request, limits).stop == ("a", "b")
    assert surplus_stops(request, limits) == ("\n\n", "c")
    assert surplus_stops(request, RequestLimits()) == ()
