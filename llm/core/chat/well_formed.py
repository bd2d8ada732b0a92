"""Makes vendors' text well-formed Unicode: halves of a pair are joined, a half alone becomes U+FFFD."""

import re

_SURROGATE = re.compile("[\ud800-\udfff\x00]")
"""Halves of a pair; and NUL, which no text column of PostgreSQL takes."""
_ESCAPED = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."
)
"""An escape in JSON text."""
_UNFINISHED = re.compile(
    r"(?:\\u[dD][89abAB][0-9a-fA-F]{2})?\\(?:u[0-9a-fA-F]{0,3})?\Z"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\Z"
)
"""The end of a text that the next piece may make an escape, or a whole pair."""


def well_formed(text: str) -> str:
    """`text` without lone surrogates and NULs. A pair of surrogates becomes its character."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\x00", "\ufffd")


def well_formed_json(written: str) -> str:
    """JSON text whose strings are well-formed, in characters and in escapes alike."""
    written = well_formed(written)
    if "\\u" not in written:
        return written
    return _ESCAPED.sub(lambda escape: "\\ufffd" if escape["half"] else escape[0], written)


class TextJoiner:
    """Text that comes in pieces: the first half of a pair waits for its second."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """The well-formed part so far."""
        if not self._half and not _SURROGATE.search(piece):
            return piece
        piece, self._half = self._half + piece, ""
        if "\ud800" <= piece[-1:] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        return well_formed(piece)

    def end(self) -> str:
        """What is left once no piece follows."""
        half, self._half = self._half, ""
        return well_formed(half)


class JsonTextJoiner:
    """JSON text that comes in pieces: an escape, or half of an escaped pair, waits for what completes it."""

    def __init__(self) -> None:
        self._characters = TextJoiner()
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is well-formed so far."""
        text, self._held = self._held + self._characters.feed(piece), ""
        place = text.find("\\")
        while place >= 0:
            if _UNFINISHED.match(text, place):
                text, self._held = text[:place], text[place:]
                break
            escape = _ESCAPED.match(text, place)
            place = text.find("\\", escape.end() if escape else place + 1)
        return well_formed_json(text)

    def end(self) -> str:
        """What is left once no piece follows."""
        held, self._held = self._held + self._characters.end(), ""
        return well_formed_json(held)
