"""Looks up the costs and context windows of models in the price list of `genai_prices`.

The first use imports the list (a third of a second of CPU), so `warm` is called outside of requests.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from llm.core.calls import Attempt
from llm.core.chat.response import Usage
from llm.core.cost.value import Cost
from llm.kinds import KINDS

if TYPE_CHECKING:
    from genai_prices import Usage as Billed
    from genai_prices.types import ModelInfo, ModelPrice

NANO_DOLLAR = Decimal("0.000000001")
SHARED_PROTOCOL = "openai"
"""The vendor whose protocol others use too. Their models are searched in the whole list."""
MILLION = 1_000_000


class Listed(NamedTuple):
    """A model's entry in the list. `provider_id` is None when only the model's name matched."""

    provider_id: str | None
    model: "ModelInfo"


class Rates(NamedTuple):
    """Dollars a million tokens, where a price is the same for each token."""

    plain: Decimal
    output: Decimal
    cached: Decimal
    cache_written: Decimal


def warm() -> None:
    """Imports the price list."""
    import genai_prices  # noqa: F401  the import is the effect


def cost(kind: str, model: str, usage: Usage, at: datetime | None = None) -> Decimal | None:
    """The cost of `usage` in US dollars, to a billionth, at the prices of `at` (None: now).

    None for an unlisted model, and without reported tokens: a failed attempt may still have been
    billed, so its cost is unknown.
    """
    if usage.total <= 0 or (listed := _find(kind, model)) is None:
        return None
    input_tokens, output = max(0, usage.input), max(0, usage.output)
    cached = min(max(0, usage.cached), input_tokens)
    written = min(max(0, usage.cache_written), input_tokens - cached)
    price = listed.model.get_prices(at or datetime.now(UTC))
    rates = _rates(price)
    if rates is None:
        try:
            total = price.calc_price(_billed(input_tokens, output, cached, written))["total_price"]
        except (LookupError, ValueError):  # the list has the model without a price for this use
            return None
    else:
        plain = input_tokens - cached - written
        dollars = rates.plain * plain + rates.output * output + rates.cached * cached + rates.cache_written * written
        total = dollars / MILLION
    return total.quantize(NANO_DOLLAR)


def price(attempt: Attempt) -> Cost:
    """The cost of what an attempt used, at the prices of its beginning."""
    usd = cost(attempt.kind, attempt.answered_model or attempt.model, attempt.usage, at=attempt.started_at)
    return Cost(usd=usd, unpriced=usd is None and attempt.usage.total > 0)


def _billed(input_tokens: int, output: int, cached: int, written: int) -> "Billed":
    """In both `Usage` types the input includes the tokens read from and written to the cache."""
    from genai_prices import Usage as Billed

    return Billed(input_tokens=input_tokens, output_tokens=output, cache_read_tokens=cached, cache_write_tokens=written)


_known_rates: "dict[int, tuple[ModelPrice, Rates | None]]" = {}
"""By the identity of the list's price, which stays while the price is here."""


def _rates(price: "ModelPrice") -> Rates | None:
    """The rates of a price; None when it has tiers or a sum a request: only the list's own reckoning is exact then."""
    if (known := _known_rates.get(id(price))) is not None:
        return known[1]
    rates = _measured(price)
    _known_rates[id(price)] = (price, rates)
    return rates


def _measured(price: "ModelPrice") -> Rates | None:
    if not all(value is None or isinstance(value, Decimal) for value in vars(price).values()):
        return None
    uses = ((0, 0, 0, 0), (MILLION, 0, 0, 0), (0, MILLION, 0, 0), (MILLION, 0, MILLION, 0), (MILLION, 0, 0, MILLION))
    try:
        nothing, *rates = (price.calc_price(_billed(*use))["total_price"] for use in uses)
    except (LookupError, ValueError):
        return None
    return Rates(*rates) if nothing == 0 else None


def context_window(kind: str, model: str) -> int | None:
    """The model's context window in tokens; None when the list lacks it."""
    listed = _find(kind, model)
    return listed.model.context_window if listed else None


@lru_cache(maxsize=512)
def _find(kind: str, model: str) -> Listed | None:
    from genai_prices.data_snapshot import get_snapshot

    if kind not in KINDS or not model:
        return None
    price_id = KINDS[kind].price_id
    for provider_id in (price_id, None) if price_id == SHARED_PROTOCOL else (price_id,):
        try:
            _, info = get_snapshot().find_provider_model(model, None, provider_id, None)
        except LookupError:
            continue
        return Listed(provider_id, info)
    return None
