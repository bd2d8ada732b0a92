"""What the simulated model says when it is asked to go on with an answer that broke off. Not the wire form of it."""

import re
from dataclasses import replace
from enum import StrEnum

from llm.simulator.model.chat import SimulatedRequest

_ASKS = re.compile(r"\b(go on|continue|poursui)", re.IGNORECASE)
_LABEL = re.compile(r"^\[[^\]]*\] ")
_WORDS = 40


class Continuing(StrEnum):
    """How models do it: most repeat some words, some go straight on, some tell the whole answer anew."""

    REPEATING = "repeating"
    STRAIGHT = "straight"
    ANEW = "anew"


def broken_off(request: SimulatedRequest) -> tuple[SimulatedRequest, str] | None:
    """The request as it was before the answer broke off, and the part that was said; None for any other request."""
    if len(request.spoken) < 3 or not _ASKS.search(request.last_user):
        return None
    (asked, question), (told, part), (_, _) = request.spoken[-3:]
    if (asked, told) != ("user", "assistant") or not part:
        return None
    return replace(request, last_user=question, spoken=request.spoken[:-2]), part


def go_on(whole: str, part: str, how: Continuing) -> str:
    """The words with which the model goes on from `part`, `whole` being its own answer. One that would have
    answered otherwise tells its answer anew."""
    place = _end_of(part, whole)
    if place is None or how is Continuing.ANEW:
        return whole
    if how is Continuing.STRAIGHT and whole[place:]:
        return whole[place:]
    start = whole.rfind(" ", 0, max(0, place - _WORDS)) + 1
    return whole[start:]


def _end_of(part: str, whole: str) -> int | None:
    """Where in `whole` the `part` ends; the labels by which simulated vendors differ do not count."""
    said = _LABEL.sub("", part)
    found = whole.find(said) if said else -1
    return None if found < 0 else found + len(said)
