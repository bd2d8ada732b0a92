"""What tokens cost and how much a model can read, from the price list of `genai_prices`.

The list is imported on first use (a third of a second of CPU): call `warm` off the request's path.
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
SPOKEN_BY_OTHERS = "openai"
"""The vendor whose protocol others speak too: their models are looked for in the whole list."""


class Listed(NamedTuple):
    """A model's place in the list; `provider_id` None means that the model's name alone found it."""

    provider_id: str | None
    model: "ModelInfo"


def warm() -> None:
    """Loads the price list."""
    import genai_prices  # noqa: F401  the import is the effect


def cost(kind: str, model: str, usage: Usage, at: datetime | None = None) -> Decimal | None:
    """US dollars for `usage` at the prices of `at` (now when None), in billionths.

    None when the model is not listed, or when no token was reported: an attempt that died may
    still have been billed, so nothing is not the same as zero.
    """
    if usage.total <= 0 or (listed := _find(kind, model)) is None:
        return None
    from genai_prices import Usage as Billed
    from genai_prices import calc_price

    whole = max(0, usage.input)
    cached = min(max(0, usage.cached), whole)
    # Like ours, the list's input includes what was read from and written to the cache.
    billed = Billed(
        input_tokens=whole,
        output_tokens=max(0, usage.output),
        cache_read_tokens=cached,
        cache_write_tokens=min(max(0, usage.cache_written), whole - cached),
    )
    try:
        price = calc_price(billed, model_ref=model, provider_id=listed.provider_id, genai_request_timestamp=at)
    except (LookupError, ValueError):  # the list knows the model, but no price of it for this use
        return None
    return price.total_price.quantize(NANO_DOLLAR)


def context_window(kind: str, model: str) -> int | None:
    """How many tokens the model can read; None when the list does not say."""
    listed = _find(kind, model)
    return listed.model.context_window if listed else None


@lru_cache(maxsize=512)
def _find(kind: str, model: str) -> Listed | None:
    from genai_prices.data_snapshot import get_snapshot

    if kind not in KINDS or not model:
        return None
    price_id = KINDS[kind].price_id
    for provider_id in (price_id, None) if price_id == SPOKEN_BY_OTHERS else (price_id,):
        try:
            _, found = get_snapshot().find_provider_model(model, None, provider_id, None)
        except LookupError:
            continue
        return Listed(provider_id, found)
    return None
