"""A day of two models, and the ways in which a vendor's report differs from it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from llm.core.reconcile.day import NONE, Charge, OurDay, TokenKind, Tokens, UsageLine, VendorDay

DAY = date(2026, 11, 27)
MIDNIGHT = datetime(2026, 11, 27, tzinfo=UTC)
SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5"
PER_MILLION: dict[str, dict[TokenKind, str]] = {
    SONNET: {
        TokenKind.INPUT: "3", TokenKind.CACHED: "0.3", TokenKind.WRITTEN: "3.75", TokenKind.WRITTEN_1H: "6",
        TokenKind.OUTPUT: "15",
    },
    HAIKU: {
        TokenKind.INPUT: "1", TokenKind.CACHED: "0.1", TokenKind.WRITTEN: "1.25", TokenKind.WRITTEN_1H: "2",
        TokenKind.OUTPUT: "5",
    },
}  # fmt: skip
FACTORS = {"": Decimal(1), "batch": Decimal("0.5"), "flex": Decimal("0.5"), "priority": Decimal(2)}
CALL = Tokens(input=1200, cached=3000, cache_written=400, output=350)


def listed(model: str, tier: str) -> Mapping[TokenKind, Decimal] | None:
    rates = PER_MILLION.get(model)
    return rates and {kind: Decimal(usd) * FACTORS[tier] / 1_000_000 for kind, usd in rates.items()}


def worth(model: str, tier: str, tokens: Tokens) -> Decimal:
    rates = listed(model, tier) or {}
    return sum((rates.get(kind, Decimal(0)) * count for kind, count in tokens.items()), Decimal(0))


def times(tokens: Tokens, count: int) -> Tokens:
    return Tokens(**{str(kind): number * count for kind, number in tokens.items()})


def line(hour: int, model: str = SONNET, tier: str = "", calls: int = 50, tokens: Tokens | None = None) -> UsageLine:
    whole = times(CALL, calls) if tokens is None else tokens
    return UsageLine(
        model=model, tier=tier, hour=MIDNIGHT + timedelta(hours=hour), requests=calls, tokens=whole,
        usd=worth(model, tier, whole),
    )  # fmt: skip


def our_day(*extra: UsageLine) -> OurDay:
    """Both models from 8 to 20 o'clock."""
    return OurDay(lines=(*(line(hour, model) for hour in range(8, 20) for model in (SONNET, HAIKU)), *extra))


def charged(lines: tuple[UsageLine, ...]) -> tuple[Charge, ...]:
    """What the vendor charges for these lines, by tier and kind of token."""
    return tuple(
        Charge(model=each.model, tier=each.tier, kind=kind, usd=rate * each.tokens.of(kind))
        for each in lines
        for kind, rate in (listed(each.model, each.tier) or {}).items()
    )


def vendor_day(*lines: UsageLine) -> VendorDay:
    return VendorDay(day=DAY, lines=lines, charges=charged(lines))


def seen_by_vendor(ours: OurDay) -> tuple[UsageLine, ...]:
    """The same day without faults."""
    return tuple(replace(each, usd=Decimal(0), estimated=NONE, unpriced=NONE) for each in ours.lines)
