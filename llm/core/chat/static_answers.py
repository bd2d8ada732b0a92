"""Chooses the static answer: the text that a caller gets when no vendor answers."""

from collections.abc import Mapping

GENERIC_TEXTS = {
    "fr": (
        "Notre assistant est momentanément indisponible. Votre message est bien arrivé : "
        "réessayez dans quelques minutes, s'il vous plaît."
    ),
    "en": ("Our assistant is briefly unavailable. Your message has arrived: please try again in a few minutes."),
}
"""By language: for routes that have no text of their own."""


def static_text(
    texts: Mapping[tuple[str, str], str], built_in: Mapping[tuple[str, str], str], route: str, language: str
) -> str:
    """The first non-empty text: the operators', then the app's, for `route`; then the same of the default route.

    `texts` and `built_in` map (route, language) to a text. The generic text of French is the last resort.
    The route's own built-in text goes before the operators' general one: suggestions need a list, one a line.
    """
    for name in (route, "default"):
        for source in (texts, built_in):
            if text := source.get((name, language), "").strip():
                return text
    return GENERIC_TEXTS.get(language, GENERIC_TEXTS["fr"])
