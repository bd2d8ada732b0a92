"""Vendors' rules that multiply the prices of tokens, where the price list has no entry for them."""

import re
from decimal import Decimal

NORMAL = Decimal(1)

TIERS: dict[tuple[str, str], Decimal] = {
    # https://platform.claude.com/docs/en/build-with-claude/batch-processing#pricing
    ("claude", "batch"): Decimal("0.5"),
    # https://ai.google.dev/gemini-api/docs/pricing, tabs Flex and Priority
    ("gemini", "flex"): Decimal("0.5"),
    ("gemini", "priority"): Decimal("1.8"),
    ("gemini", "batch"): Decimal("0.5"),
}
"""By kind of provider and tier, for models whose entry in the list lacks the tier."""

REGIONS: dict[tuple[str, str], Decimal] = {
    # https://platform.claude.com/docs/en/manage-claude/data-residency#pricing: all categories of tokens, not searches
    ("claude", "us"): Decimal("1.1"),
}
"""By kind of provider and region; no list has these."""
WITHOUT_REGIONS = re.compile(r"claude-(?:\d|v\d|instant|(?:opus|sonnet|haiku)-4-[0-5])")
"""Claude models before Opus 4.6, which run anywhere at one price."""


def tier_factor(kind: str, tier: str) -> Decimal | None:
    """The factor of a tier that the price list lacks; None when there is no rule either."""
    return TIERS.get((kind, tier)) if tier else NORMAL


def region_factor(kind: str, model: str, region: str) -> Decimal:
    """The factor of the region where the model ran."""
    factor = REGIONS.get((kind, region), NORMAL)
    return NORMAL if factor is NORMAL or WITHOUT_REGIONS.match(model) else factor
