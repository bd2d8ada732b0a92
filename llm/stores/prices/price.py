"""Prices one attempt."""

from datetime import UTC, datetime
from decimal import Decimal

from llm.core.calls import Attempt
from llm.core.chat.response import Usage
from llm.core.cost.factors import NORMAL, region_factor, tier_factor
from llm.core.cost.own import NO_PRICES, OwnPrices, own_price
from llm.core.cost.parts import Part
from llm.core.cost.reckon import NOTHING, reckon
from llm.core.cost.value import Cost
from llm.core.reconcile.day import TokenKind
from llm.stores.prices.listed import find, version
from llm.stores.prices.rates import rates_at

BILLED_AS = {
    TokenKind.INPUT: Part.INPUT,
    TokenKind.CACHED: Part.CACHE_READ,
    TokenKind.WRITTEN: Part.CACHE_WRITE_5M,
    TokenKind.WRITTEN_1H: Part.CACHE_WRITE_1H,
    TokenKind.OUTPUT: Part.OUTPUT,
}
"""The part of a cost that a vendor's report counts as this kind."""


def price(attempt: Attempt, own: OwnPrices = NO_PRICES, price_id: str = "") -> Cost:
    """The cost of what an attempt used, at the prices of its beginning; `own` are those of the operators.

    `price_id`: the vendor's name in the price list, "" where only its kind is known.

    The model that answered is priced. Where it has no price, the one that was asked stands for it, as an estimate: a
    vendor may answer under a name that no list has.
    """
    usage = attempt.usage
    if usage.total <= 0 and not usage.units:
        return NOTHING
    asked, answered = attempt.model, attempt.answered_model or attempt.model
    if own:
        found = own_price(
            own, provider=attempt.provider, kind=attempt.kind, models=(answered, asked), at=attempt.started_at
        )
        if found is not None:
            return reckon(usage, found.rate, found.unit_rate, version=found.version, estimated=attempt.estimated)
    for model in dict.fromkeys((answered, asked)):
        guess = attempt.estimated or model != answered
        listed = listed_cost(attempt.kind, model, usage, attempt.started_at, estimated=guess, price_id=price_id)
        if listed is not None:
            return listed
    return Cost(usd=None, unpriced=True, estimated=attempt.estimated)


def cost(
    kind: str,
    model: str,
    usage: Usage,
    at: datetime | None = None,
    *,
    provider: str = "",
    own: OwnPrices = NO_PRICES,
    price_id: str = "",
) -> Decimal | None:
    """The cost of `usage` in US dollars, to a billionth, at the prices of `at` (None: now).

    None for an unknown model, and without reported tokens: a failed attempt may still have been billed, so its cost is
    unknown.
    """
    at = at or datetime.now(UTC)
    if usage.total <= 0 and not usage.units:
        return None
    found = own_price(own, provider=provider, kind=kind, models=(model,), at=at) if own else None
    if found is not None:
        return reckon(usage, found.rate, found.unit_rate, version=found.version).usd
    listed = listed_cost(kind, model, usage, at, price_id=price_id)
    return listed.usd if listed else None


def token_rates(kind: str, model: str, tier: str, at: datetime, price_id: str = "") -> dict[TokenKind, Decimal] | None:
    """US dollars a token of a short prompt by the price list; None for a model that it lacks."""
    listed = find(kind, model, price_id)
    if listed is None:
        return None
    by_size = rates_at(listed, tier, at)
    factor = NORMAL if by_size.has_tier else tier_factor(kind, tier) or NORMAL
    rates = by_size.of(0).tokens
    return {kind: (rates[part] * factor).scaleb(-6) for kind, part in BILLED_AS.items() if part in rates}


def listed_cost(
    kind: str, model: str, usage: Usage, at: datetime, *, estimated: bool = False, price_id: str = ""
) -> Cost | None:
    """The cost by the price list; None for a model that it lacks.

    Estimated as well when the list and our rules have no price for the tier that served, or when OpenAI's audio has no
    rate of its own: both then pay the plain rates.
    """
    listed = find(kind, model, price_id)
    if listed is None:
        return None
    by_size = rates_at(listed, usage.tier, at)
    rates, factor = by_size.of(usage.input), NORMAL
    if not by_size.has_tier:
        rule = tier_factor(kind, usage.tier)
        factor, estimated = rule or NORMAL, estimated or rule is None
    if usage.region:
        factor *= region_factor(kind, model, usage.region)
    if kind == "openai" and (usage.input_audio or usage.output_audio) and not by_size.has_audio:
        estimated = True
    return reckon(
        usage,
        rates.tokens.get,
        rates.units.get,
        version=version(),
        factor=factor,
        request=rates.request,
        estimated=estimated,
    )
