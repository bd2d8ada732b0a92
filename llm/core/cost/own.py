"""Prices that an operator has entered. They go before those of the price list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from llm.core.cost.parts import WEB_SEARCHES, Part

FALLBACKS: dict[Part, Part] = {
    Part.CACHE_READ: Part.INPUT,
    Part.CACHE_WRITE_5M: Part.INPUT,
    Part.CACHE_WRITE_1H: Part.CACHE_WRITE_5M,
    Part.INPUT_AUDIO: Part.INPUT,
    Part.CACHE_READ_AUDIO: Part.CACHE_READ,
    Part.INPUT_IMAGE: Part.INPUT,
    Part.REASONING: Part.OUTPUT,
    Part.OUTPUT_AUDIO: Part.OUTPUT,
    Part.OUTPUT_IMAGE: Part.OUTPUT,
}
"""The part whose price counts where the operator has given none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrice:
    """The price of one model in US dollars, from `valid_from` to before `valid_to` (UTC dates; None: open).

    It is for one provider, or for all of a kind when `provider` is empty. `rates` are a million tokens of a part;
    `web_searches` is a thousand searches.
    """

    version: str
    kind: str
    model: str
    rates: Mapping[Part, Decimal]
    provider: str = ""
    web_searches: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)

    def rate(self, part: Part) -> Decimal | None:
        """Dollars a million tokens: the part's own rate, or that of the part that stands for it."""
        at: Part | None = part
        while at is not None:
            if (rate := self.rates.get(at)) is not None:
                return rate
            at = FALLBACKS.get(at)
        return None

    def unit_rate(self, name: str) -> Decimal | None:
        """Dollars a thousand uses of a tool."""
        return self.web_searches if name == WEB_SEARCHES else None


OwnPrices = Mapping[str, tuple[OwnPrice, ...]]
"""By the model's name in small letters."""
NO_PRICES: OwnPrices = {}


def by_model(prices: Iterable[OwnPrice]) -> OwnPrices:
    """The prices as a request looks them up: those of one provider before those of a kind."""
    found: dict[str, tuple[OwnPrice, ...]] = {}
    for price in sorted(prices, key=lambda price: not price.provider):
        found[price.model.lower()] = (*found.get(price.model.lower(), ()), price)
    return found


def own_price(prices: OwnPrices, *, provider: str, kind: str, models: Iterable[str], at: datetime) -> OwnPrice | None:
    """The operator's price for the first of `models` that has one; None when none has."""
    for model in models:
        for price in prices.get(model.lower(), ()):
            concerned = price.provider == provider if price.provider else price.kind == kind
            if concerned and price.is_valid(at.date()):
                return price
    return None
