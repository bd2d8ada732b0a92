"""What a drill of routing is: a name, a question, and figures of which some have an aim."""

from collections.abc import Callable
from dataclasses import dataclass

Value = float | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What must hold: a sentence with its bound, the figure, and whether it holds."""

    aim: str
    figure: float
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`rows` are figures by column, one row for each strategy or phase."""

    rows: tuple[dict[str, Value], ...]
    aims: tuple[Aim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """`about` says in a sentence what is played. `play` takes a seed; the same one gives the same figures."""

    name: str
    about: str
    play: Callable[[int], Result]


def at_most(aim: str, figure: float, bound: float) -> Aim:
    return Aim(aim=f"{aim}: at most {bound:g}", figure=round(figure, 4), holds=figure <= bound)


def at_least(aim: str, figure: float, bound: float) -> Aim:
    return Aim(aim=f"{aim}: at least {bound:g}", figure=round(figure, 4), holds=figure >= bound)
