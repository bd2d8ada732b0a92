"""Names a conversation after its first message. Pure."""

MAX_TITLE = 80
"""Characters: one line of a list on a phone, twice over."""


def title_of(text: str) -> str:
    """The beginning of the message on one line, cut at a word; "" when there is nothing to read."""
    line = " ".join(text.split())
    if len(line) <= MAX_TITLE:
        return line
    head = line[: MAX_TITLE - 1]
    cut = head.rfind(" ", MAX_TITLE // 2)
    return (head if cut < 0 else head[:cut]).rstrip(" ,;:.-") + "…"
