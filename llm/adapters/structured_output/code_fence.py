"""Takes a code fence off a text, also one that comes in pieces."""

FENCE = "```"
LONGEST_HEAD = 20
"""Characters of a fence's first line: "```json" and its like."""


def bare(text: str) -> str:
    """The text without a code fence around the whole of it."""
    unfolding = CodeFenceStripper()
    return unfolding.feed(text) + unfolding.close()


class CodeFenceStripper:
    """Pieces in, pieces of the bare text out. What may be fence is held back until it is clear."""

    def __init__(self) -> None:
        self._head: str | None = ""
        self._fenced = False
        self._tail = ""

    def feed(self, piece: str) -> str:
        """The next piece of the bare text, which may be empty."""
        if self._head is not None:
            piece = self._after_head(piece)
        return self._before_tail(piece) if self._fenced else piece

    def close(self) -> str:
        """What was held back and proved to be text."""
        rest, self._head = self._head or "", None
        if self._tail.strip() == FENCE:
            self._tail = ""
        return rest + self._tail

    def _after_head(self, piece: str) -> str:
        held = (self._head or "") + piece
        start = held.lstrip()
        line, _, rest = start.partition("\n")
        is_fence = start.startswith(FENCE) and len(line) <= LONGEST_HEAD
        if FENCE.startswith(start) or (is_fence and not rest.strip()):
            self._head = held
            return ""
        self._head = None
        if not is_fence:
            return held
        self._fenced = True
        return rest

    def _before_tail(self, piece: str) -> str:
        text = self._tail + piece
        kept = text.rstrip()
        marks = len(kept) - len(kept.rstrip("`"))
        kept = kept[: len(kept) - min(marks, len(FENCE))].rstrip()
        self._tail = text[len(kept) :]
        return kept
