"""The built-in suggestions."""

import pytest

from suggestions.static_texts import TEXTS


@pytest.mark.parametrize("language", ["fr", "en"])
def test_they_are_ten_different_lines(language: str) -> None:
    lines = TEXTS[language].splitlines()
    assert len(lines) == len(set(lines)) == 10
