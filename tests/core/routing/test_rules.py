"""Which route a request takes by the operators' rules."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.routing.rules import Choice, Miss, Request, RouteRule, choose, first_miss

ASKED = Request(
    endpoint="chat",
    consumer="shop-web",
    team="shop",
    tags=("nightly", "import"),
    language="fr",
    input_tokens=5_000,
    tools=True,
    hour=23.5,
)


def rule(name: str = "r", route: str = "batch", **conditions: Any) -> RouteRule:
    return RouteRule(name=name, route=route, **conditions)


@pytest.mark.parametrize(
    ("conditions", "miss"),
    [
        ({}, None),
        ({"asked_route": "conversation"}, Miss.ROUTE),
        ({"endpoints": ("chat", "messages")}, None),
        ({"endpoints": ("messages",)}, Miss.ENDPOINT),
        ({"consumers": ("shop-*",)}, None),
        ({"consumers": ("bank-*",)}, Miss.CONSUMER),
        ({"teams": ("shop",)}, None),
        ({"teams": ("bank",)}, Miss.TEAM),
        ({"tags": ("night*",)}, None),
        ({"tags": ("day",)}, Miss.TAG),
        ({"languages": ("fr",)}, None),
        ({"languages": ("en",)}, Miss.LANGUAGE),
        ({"min_tokens": 5_000, "max_tokens": 5_000}, None),
        ({"min_tokens": 5_001}, Miss.SIZE),
        ({"max_tokens": 4_999}, Miss.SIZE),
        ({"tools": True}, None),
        ({"tools": False}, Miss.TOOLS),
        ({"images": False}, None),
        ({"images": True}, Miss.IMAGES),
        ({"from_hour": 22, "to_hour": 6}, None),
        ({"from_hour": 6, "to_hour": 22}, Miss.HOUR),
        ({"from_hour": 23, "to_hour": 24}, None),
        ({"teams": ("shop",), "tags": ("day",), "images": True}, Miss.TAG),
    ],
)
def test_each_condition_asks_what_it_says(conditions: dict[str, Any], miss: Miss | None) -> None:
    assert first_miss(rule(**conditions), ASKED) is miss


def test_a_rule_about_tags_needs_a_tag() -> None:
    assert first_miss(rule(tags=("*",)), replace(ASKED, tags=())) is Miss.TAG


def test_the_first_rule_that_fits_decides() -> None:
    rules = [rule("bank", "a", teams=("bank",)), rule("night", "b", from_hour=22, to_hour=6), rule("all", "c")]
    misses = (("bank", Miss.TEAM), ("all", Miss.LATER))
    assert choose(rules, ASKED) == Choice(route="b", rule="night", misses=misses)


def test_without_a_rule_that_fits_the_asked_route_is_taken() -> None:
    asked = replace(ASKED, route="conversation")
    assert choose([rule()], asked) == Choice(route="conversation", misses=(("r", Miss.ROUTE),))


def test_a_route_that_the_key_may_not_ask_is_passed_over() -> None:
    rules = [rule("first", "dear"), rule("second", "cheap")]
    choice = choose(rules, ASKED, lambda route: route != "dear")
    assert (choice.route, choice.misses) == ("cheap", (("first", Miss.RIGHTS),))


@given(st.integers(0, 23), st.integers(1, 24), st.floats(0, 23.999))
def test_hours_and_the_hours_left_out_make_a_day(start: int, end: int, hour: float) -> None:
    if start == end % 24:
        return
    asked = replace(ASKED, hour=hour)
    inside = first_miss(rule(from_hour=start, to_hour=end), asked) is None
    outside = first_miss(rule(from_hour=end % 24, to_hour=start or 24), asked) is None
    assert inside != outside
