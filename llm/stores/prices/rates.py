"""The rates of a model by tier, time and prompt size, measured on the price list's own reckoning.

The list reckons a cost in some 100 µs. Its prices are linear once tier, time and size of the prompt are fixed, so each
rate is asked of it once, and kept.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from llm.core.cost.parts import Part
from llm.stores.prices.listed import Listed, find

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, PriceVariant

MILLION = 1_000_000

COUNTED_AS: dict[Part, tuple[str, ...]] = {
    Part.INPUT: ("input_tokens",),
    Part.CACHE_READ: ("input_tokens", "cache_read_tokens"),
    Part.CACHE_WRITE_5M: ("input_tokens", "cache_write_tokens", "cache_write_5m_tokens"),
    Part.CACHE_WRITE_1H: ("input_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    Part.INPUT_AUDIO: ("input_tokens", "input_audio_tokens"),
    Part.CACHE_READ_AUDIO: ("input_tokens", "cache_read_tokens", "input_audio_tokens", "cache_audio_read_tokens"),
    Part.INPUT_IMAGE: ("input_tokens", "input_image_tokens"),
    Part.OUTPUT: ("output_tokens",),
    Part.REASONING: ("output_tokens", "output_reasoning_tokens"),
    Part.OUTPUT_AUDIO: ("output_tokens", "output_audio_tokens"),
    Part.OUTPUT_IMAGE: ("output_tokens", "output_image_tokens"),
}
"""The figures of the list's `Usage` in which a token of each part is counted."""
OUTPUTS = frozenset({Part.OUTPUT, Part.REASONING, Part.OUTPUT_AUDIO, Part.OUTPUT_IMAGE})


class Rates(NamedTuple):
    """Dollars a million tokens by part, a thousand uses by tool, and for each request."""

    tokens: Mapping[Part, Decimal]
    units: Mapping[str, Decimal]
    request: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesBySize:
    """The rates of a price by the size of the prompt. `has_tier`: the list has prices for the tier that was asked."""

    starts: tuple[int, ...]
    rates: tuple[Rates, ...]
    has_tier: bool
    has_audio: bool

    def of(self, prompt_tokens: int) -> Rates:
        """The rates of a prompt: it pays a higher one for every token once it is longer than the rate's start."""
        return self.rates[bisect_left(self.starts, prompt_tokens)] if self.starts else self.rates[0]


_known: "dict[tuple[int, ...], tuple[RatesBySize, ModelPrice]]" = {}
"""By the identities of the list's price and variants, which live as long as the list, and whether it has the tier."""


def rates_at(listed: Listed, tier: str, at: datetime | None = None) -> RatesBySize:
    """The model's rates in a tier at a moment (None: now)."""
    at = at or datetime.now(UTC)
    standard = listed.model.get_prices(at)
    variants = _variants(listed, tier, at)
    has_tier = not tier or bool(variants)
    key = (id(standard), has_tier, *map(id, variants))
    if (known := _known.get(key)) is not None:
        return known[0]
    price = listed.model.get_prices(at, _context(tier)) if variants else standard
    rates = _by_size(price, has_tier=has_tier)
    _known[key] = (rates, standard)
    return rates


def prepare_rates(kind: str, model: str, price_id: str = "") -> None:
    """Measures the rates of a model that is going to be called, which takes a few milliseconds the first time."""
    if (listed := find(kind, model, price_id)) is not None:
        rates_at(listed, "")


def _context(tier: str) -> dict[str, str]:
    """The list's words for a tier."""
    if tier == "batch":
        return {"processing": "batch"}
    return {"service_tier": tier, "speed": tier}


def _variants(listed: Listed, tier: str, at: datetime) -> "tuple[PriceVariant, ...]":
    if not tier or not listed.knows_tiers or not listed.model.price_variants:
        return ()
    context = _context(tier)
    return tuple(
        variant
        for variant in listed.model.price_variants
        if (variant.constraint is None or variant.constraint.active(at)) and variant.when.items() <= context.items()
    )


def _by_size(price: "ModelPrice", *, has_tier: bool) -> RatesBySize:
    from genai_prices.types import ModelPrice, TieredPrices

    values = {name: value for name, value in vars(price).items() if value is not None}
    tiered = [value for value in values.values() if isinstance(value, TieredPrices)]
    starts = tuple(sorted({tier.start for value in tiered for tier in value.tiers}))

    def flat(prompt_tokens: int) -> ModelPrice:
        return ModelPrice(
            **{
                name: value if isinstance(value, Decimal) else _price_at(value, prompt_tokens)
                for name, value in values.items()
            }
        )

    sizes = (0, *(start + 1 for start in starts))
    return RatesBySize(
        starts=starts,
        rates=tuple(_measured(flat(size)) for size in sizes),
        has_tier=has_tier,
        has_audio="input_audio_mtok" in values or "output_audio_mtok" in values,
    )


def _price_at(price: object, prompt_tokens: int) -> Decimal:
    from genai_prices.types import calc_unit_price

    return calc_unit_price(price, 1, prompt_tokens, 1)  # type: ignore[arg-type]  # a tiered price, by the caller


def _measured(price: "ModelPrice") -> Rates:
    """The rates of a price without tiers by size. A part that the list cannot price has none."""
    from genai_prices import Usage

    request = price.calc_price(Usage())["total_price"]
    names = vars(price)
    tokens: dict[Part, Decimal] = {}
    for part, figures in COUNTED_AS.items():
        direction = "output" if part in OUTPUTS else "input"
        if not request and not any(name.startswith((direction, "cache")) and "_mtok" in name for name in names):
            continue
        try:
            usage = Usage(**dict.fromkeys(figures, MILLION))
            tokens[part] = price.calc_price(usage)["total_price"] - request
        except (LookupError, ValueError):
            continue
    suffix = "_kcount"
    units = {name.removesuffix(suffix): rate for name, rate in names.items() if name.endswith(suffix)}
    return Rates(tokens, units, request)
