"""What one call may cost at most, before a vendor is asked: the dearest provider's input and its longest answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest
from math import ceil

CHARS_PER_TOKEN = 3.0
"""Fewer than French (3.5) or English (4.5) have: a reservation must not be too small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The dearest price of a token, in billionths of a dollar. None: the model has no known price."""

    input_nano: float
    output_nano: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider that may be asked: its longest answer in tokens, and its price."""

    provider: str
    output_tokens: int
    rates: Rates | None


def input_bound(counted: int, *, counted_with: float) -> int:
    """At most how many input tokens a request has that was counted with so many characters a token."""
    return ceil(counted * counted_with / CHARS_PER_TOKEN)


def worst_cost(offers: Iterable[Offer], input_tokens: int, *, unpriced_nano: int, at_once: int = 1) -> int:
    """Billionths of a dollar at the dearest of the providers. `unpriced_nano`: a million tokens without a price.

    `at_once`: so many of them may be asked side by side, and all are billed.
    """
    return sum(nlargest(at_once, (_cost(offer, input_tokens, unpriced_nano) for offer in offers)))


def worst_tokens(offers: Iterable[Offer], input_tokens: int, *, at_once: int = 1) -> int:
    """Input and the longest answer of any of the providers, or of `at_once` of them."""
    return sum(nlargest(at_once, (input_tokens + offer.output_tokens for offer in offers)))


def _cost(offer: Offer, input_tokens: int, unpriced_nano: int) -> int:
    if offer.rates is None:
        return unpriced_cost(input_tokens + offer.output_tokens, unpriced_nano)
    return ceil(input_tokens * offer.rates.input_nano + offer.output_tokens * offer.rates.output_nano)


def unpriced_cost(tokens: int, unpriced_nano: int) -> int:
    """What tokens without a known price are charged, rounded up."""
    return -(-tokens * unpriced_nano // 1_000_000)
