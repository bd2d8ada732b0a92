"""Looks up the costs and context windows of models in the price list of `genai_prices`.

The first use imports the list (a third of a second of CPU), so `warm` is called outside of requests.
"""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from llm.core.chat.response import Usage
from llm.kinds import KINDS

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

NANO_DOLLAR = Decimal("0.000000001")
SHARED_PROTOCOL = "openai"
"""The vendor whose protocol others use too. Their models are searched in the whole list."""


class Listed(NamedTuple):
    """A model's entry in the list. `provider_id` is None when only the model's name matched."""

    provider_id: str | None
    model: "ModelInfo"


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
    from genai_prices import Usage as Billed
    from genai_prices import calc_price

    input_tokens = max(0, usage.input)
    cached = min(max(0, usage.cached), input_tokens)
    # In both `Usage` types the input includes the tokens read from and written to the cache.
    billed = Billed(
        input_tokens=input_tokens,
        output_tokens=max(0, usage.output),
        cache_read_tokens=cached,
        cache_write_tokens=min(max(0, usage.cache_written), input_tokens - cached),
    )
    try:
        price = calc_price(billed, model_ref=model, provider_id=listed.provider_id, genai_request_timestamp=at)
    except (LookupError, ValueError):  # the list has the model without a price for this use
        return None
    return price.total_price.quantize(NANO_DOLLAR)


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
