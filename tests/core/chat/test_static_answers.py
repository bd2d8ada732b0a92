"""The last words: the operators' own text first, never nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.static_answers import DEFAULT_TEXTS, static_text


def test_the_operators_text_for_route_and_language_comes_first() -> None:
    texts = {("conversation", "en"): "Ours.", ("default", "en"): "General."}
    assert static_text(texts, "conversation", "en") == "Ours."


def test_a_route_without_a_text_of_its_own_has_the_default_routes() -> None:
    assert static_text({("default", "en"): "General."}, "newsletter", "en") == "General."


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("route", ["default", "conversation", "suggestions"])
def test_without_operators_texts_each_route_has_its_built_in_one(route: str, language: str) -> None:
    assert static_text({}, route, language) == DEFAULT_TEXTS[(route, language)]


def test_a_blank_text_counts_as_none() -> None:
    assert static_text({("default", "fr"): "  \n"}, "default", "fr") == DEFAULT_TEXTS[("default", "fr")]


def test_the_suggestions_are_ten_lines_in_both_languages() -> None:
    for language in ("fr", "en"):
        lines = static_text({}, "suggestions", language).splitlines()
        assert len(lines) == len(set(lines)) == 10


def test_an_operators_general_text_does_not_replace_the_list_of_suggestions() -> None:
    texts = {("default", "fr"): "Revenez plus tard."}
    assert len(static_text(texts, "suggestions", "fr").splitlines()) == 10


@given(st.text(max_size=20), st.text(max_size=3))
def test_there_is_always_something_to_say(route: str, language: str) -> None:
    assert static_text({}, route, language).strip()
