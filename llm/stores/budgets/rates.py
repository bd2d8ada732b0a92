"""The dearest price of a model's tokens, for reservations."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from llm.core.budgets.rules import NANO
from llm.core.budgets.worst_case import Rates
from llm.core.chat.response import Usage
from llm.core.cost.own import NO_PRICES, OwnPrice, OwnPrices, own_price
from llm.core.cost.parts import Part
from llm.stores import prices

LARGE = 1_000_000
"""Tokens: prices that grow with the size of a request are at their highest there."""


INPUTS = (Part.INPUT, Part.CACHE_WRITE_5M, Part.CACHE_WRITE_1H, Part.INPUT_IMAGE)
OUTPUTS = (Part.OUTPUT, Part.REASONING)
"""The parts that a call may be charged for whole, at an operator's own price."""


def worst_rates(kind: str, model: str, at: datetime, *, provider: str = "", own: OwnPrices = NO_PRICES) -> Rates | None:
    """The dearest price of an input and of an output token at this hour; None for a model without a price.

    `own` are the operators' prices, which go before the list's as they do when the call is priced.
    """
    found = own_price(own, provider=provider, kind=kind, models=(model,), at=at) if own else None
    if found is not None:
        return Rates(input_nano=_dearest(found, INPUTS), output_nano=_dearest(found, OUTPUTS))
    return _rates(kind, model, at.replace(minute=0, second=0, microsecond=0))


def _dearest(price: OwnPrice, parts: Iterable[Part]) -> float:
    """Billionths of a dollar a token."""
    return max(float(rate) for part in parts if (rate := price.rate(part)) is not None) * NANO / LARGE


@lru_cache(maxsize=512)
def _rates(kind: str, model: str, hour: datetime) -> Rates | None:
    uses = (Usage(input=LARGE), Usage(input=LARGE, cache_written=LARGE))
    inputs = [cost for use in uses if (cost := prices.cost(kind, model, use, hour)) is not None]
    small, large = Usage(output=LARGE), Usage(input=LARGE, output=LARGE)
    outputs = [cost for cost in (prices.cost(kind, model, small, hour),) if cost is not None]
    if not inputs or not outputs:
        return None
    both = prices.cost(kind, model, large, hour)
    if both is not None:
        outputs.append(both - inputs[0])
    return Rates(input_nano=float(max(inputs)) * NANO / LARGE, output_nano=float(max(outputs)) * NANO / LARGE)
