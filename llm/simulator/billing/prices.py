"""What the simulated vendors charge: the price list's rates."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from llm.simulator.http.exchange import Vendor

MILLION = Decimal(1_000_000)
LISTED_AS = {Vendor.CLAUDE: "anthropic", Vendor.OPENAI: "openai", Vendor.GEMINI: "google"}
TIERS = {"batch": Decimal("0.5"), "flex": Decimal("0.5"), "priority": Decimal(2)}
"""The factor on prices where the list has none for the tier."""


class Prices(NamedTuple):
    """Dollars a token."""

    input: Decimal
    cached: Decimal
    output: Decimal


DEFAULT = Prices(Decimal(1) / MILLION, Decimal("0.1") / MILLION, Decimal(5) / MILLION)
"""Of models that the list lacks."""


@lru_cache(maxsize=256)
def prices(vendor: Vendor, model: str, tier: str) -> Prices:
    from genai_prices import Usage
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, found = get_snapshot().find_provider_model(model, None, LISTED_AS[vendor], None)
        rates = found.get_prices(datetime.now(UTC))
        uses = (
            Usage(input_tokens=1000),
            Usage(input_tokens=1000, cache_read_tokens=1000),
            Usage(output_tokens=1000),
        )
        per_token = [Decimal(rates.calc_price(use)["total_price"]) / 1000 for use in uses]
    except (LookupError, ValueError):
        per_token = list(DEFAULT)
    return Prices(*(rate * TIERS.get(tier, Decimal(1)) for rate in per_token))
