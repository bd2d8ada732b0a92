"""Detects the language of a message with the words that apps register."""

from llm.core.chat.language import Hints, Language, detect

_hints: list[Hints] = []


def register_hints(hints: Hints) -> None:
    """Adds an app's words to the detection. For `AppConfig.ready()`; the same words again change nothing."""
    if hints not in _hints:
        _hints.append(hints)


def detect_language(text: str) -> Language:
    """The language of `text`, by the general words and the apps'; "fr" when both weigh the same."""
    return detect(text, _hints)
