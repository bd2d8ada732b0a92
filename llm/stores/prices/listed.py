"""Finds models in the price list of `genai_prices`."""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from llm.kinds import KINDS

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

SHARED_PROTOCOL = "openai"
"""The vendor whose protocol others use too. Their models are searched in the whole list."""


LONGEST_NAME = 128
"""A longer name is no model's: an answer may name anything, and the list remembers what it was asked."""


class Listed(NamedTuple):
    """A model's entry. `knows_tiers`: its prices by tier are those of the vendor under whose name it was found."""

    model: "ModelInfo"
    knows_tiers: bool


def warm() -> None:
    """Imports the price list."""
    import genai_prices  # noqa: F401  the import is the effect


@lru_cache(maxsize=1)
def version() -> str:
    """The list's name and release, as records show it."""
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"


def context_window(kind: str, model: str, price_id: str = "") -> int | None:
    """The model's context window in tokens; None when the list lacks it."""
    listed = find(kind, model, price_id)
    return listed.model.context_window if listed else None


@lru_cache(maxsize=512)
def find(kind: str, model: str, price_id: str = "") -> Listed | None:
    """The model's entry; None when the list lacks it.

    `price_id` is the vendor's name in the list, which is looked at first.
    """
    from genai_prices.data_snapshot import get_snapshot

    if kind not in KINDS or not 0 < len(model) <= LONGEST_NAME:
        return None
    own = KINDS[kind].price_id
    first = (price_id,) if price_id and price_id != own else ()
    for provider_id in (*first, own, None) if own == SHARED_PROTOCOL else (*first, own):
        try:
            provider, info = get_snapshot().find_provider_model(model, None, provider_id, None)
        except LookupError:
            continue
        return Listed(info, any(info is one for one in provider.models))
    return None
