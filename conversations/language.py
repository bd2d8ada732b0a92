"""In which language a message wants its answer. Pure."""

from llm.core.chat.language import Language
from llm.services.languages import detect_language

_TELLING_WORDS = 4
"""Of fewer words ("Bonapriso", "ok, 5000") a guess is mostly chance."""


def language_of(text: str, before: Language | None) -> Language:
    """The message's own language; for a few words that of the conversation `before` it, where there is one."""
    if before is not None and len(text.split()) < _TELLING_WORDS:
        return before
    return detect_language(text)
