"""The static answer: the operators' text first, then the app's, then the generic one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.static_answers import GENERIC_TEXTS, static_text

BUILT_IN = {
    ("default", "fr"): "Réessayez.",
    ("default", "en"): "Try again.",
    ("quiz", "fr"): "Question une\nQuestion deux",
    ("quiz", "en"): "Question one\nQuestion two",
}


def test_the_operators_text_for_route_and_language_comes_first() -> None:
    texts = {("quiz", "en"): "Ours.", ("default", "en"): "General."}
    assert static_text(texts, BUILT_IN, "quiz", "en") == "Ours."


def test_a_route_without_a_text_of_its_own_has_the_default_routes() -> None:
    assert static_text({("default", "en"): "General."}, BUILT_IN, "newsletter", "en") == "General."


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("route", ["default", "quiz"])
def test_without_operators_texts_each_route_has_its_built_in_one(route: str, language: str) -> None:
    assert static_text({}, BUILT_IN, route, language) == BUILT_IN[(route, language)]


def test_a_blank_text_counts_as_none() -> None:
    assert static_text({("default", "fr"): "  \n"}, BUILT_IN, "default", "fr") == BUILT_IN[("default", "fr")]


def test_an_operators_general_text_does_not_replace_a_routes_own_list() -> None:
    assert static_text({("default", "fr"): "Plus tard."}, BUILT_IN, "quiz", "fr") == BUILT_IN[("quiz", "fr")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_without_any_registered_text_the_generic_one_is_left(language: str) -> None:
    assert static_text({}, {}, "quiz", language) == GENERIC_TEXTS[language]


@given(st.text(max_size=20), st.text(max_size=3))
def test_there_is_always_something_to_say(route: str, language: str) -> None:
    assert static_text({}, {}, route, language).strip()
