"""The cost of an attempt as a value: the sum, its parts, and the list that its prices come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

NANO_DOLLAR = Decimal("0.000000001")
"""Costs are kept to a billionth of a dollar: the finest that a column of the call log holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """US dollars. `usd` is None when nothing of what was used has a known price.

    `parts` are (name, dollars), in the order of an invoice; they are exact, and `usd` is their sum, rounded once.
    `price_version` names the list or the operator's price. `unpriced`: something used has no known price, so the
    vendor bills more than `usd`. `estimated`: the tokens, or the model that is priced, are our guess. `saved_usd`: what
    the reads of the cache would have cost more at the plain rate, to a billionth; never below 0.
    """

    usd: Decimal | None
    parts: tuple[tuple[str, Decimal], ...] = ()
    price_version: str = ""
    unpriced: bool = False
    estimated: bool = False
    saved_usd: Decimal = Decimal(0)


def total(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the known costs; None without one."""
    known = [usd for usd in costs if usd is not None]
    return sum(known, Decimal(0)) if known else None
