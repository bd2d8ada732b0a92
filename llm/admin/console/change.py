"""How a figure differs from the one before it, in words and with a direction."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from llm.admin import formatting

GOOD, BAD = "good", "bad"


@dataclass(frozen=True, slots=True)
class Change:
    """`text` as "+12 %"; `tone` is good, bad or "" for a change that is neither. `before`: what it was."""

    text: str
    tone: str = ""
    before: str = ""


def change_of_count(now: int, before: int, *, more_is: str = "") -> Change:
    return Change(_relative(now, before), _tone(now - before, more_is), formatting.whole(before))


def change_of_money(now: Decimal, before: Decimal, *, more_is: str = "") -> Change:
    return Change(_relative(float(now), float(before)), _tone(float(now - before), more_is), formatting.money(before))


def change_of_time(now: float | None, before: float | None) -> Change:
    """Of milliseconds: more is bad."""
    if now is None or before is None:
        return Change("", "", formatting.milliseconds(before))
    return Change(_relative(now, before), _tone(now - before, BAD), formatting.milliseconds(before))


def change_of_share(now: float | None, before: float | None, *, more_is: str = "") -> Change:
    """Of shares from 0 to 1, in points: "-3 points"."""
    if now is None or before is None:
        return Change("", "", formatting.percent(before))
    points = round(100 * (now - before))
    text = _("%(n)s points") % {"n": _signed(points)} if points else _("as before")
    return Change(text, _tone(points, more_is), formatting.percent(before))


def _relative(now: float, before: float) -> str:
    if now == before:
        return _("as before")
    if not before:
        return _("none before")
    return f"{_signed(round(100 * (now - before) / before))} %"


def _signed(value: int) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{formatting.whole(abs(value))}"


def _tone(difference: float, more_is: str) -> str:
    if not difference or not more_is:
        return ""
    return more_is if difference > 0 else {GOOD: BAD, BAD: GOOD}[more_is]
