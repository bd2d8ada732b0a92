"""What errors about unknown names say."""

import pytest

from llm.core.exceptions import MOST_NAMES, UnknownModel, UnknownProvider

MANY = [f"provider-{number}" for number in range(MOST_NAMES + 3)]

SENTENCES = [
    (UnknownProvider("cluade", ["claude", "gemini"]), "named 'cluade'. There are: claude, gemini."),
    (UnknownProvider("claude", []), "named 'claude'. There are none."),
    (UnknownProvider("x", MANY), f"provider-{MOST_NAMES - 1} and 3 more."),
    (UnknownModel("gpt-4o", ["default", "claude"]), "'gpt-4o' does not exist here. There are: default, claude."),
]


@pytest.mark.parametrize(("error", "words"), SENTENCES)
def test_an_unknown_name_is_answered_with_those_that_exist(error: Exception, words: str) -> None:
    assert str(error).endswith(words)
