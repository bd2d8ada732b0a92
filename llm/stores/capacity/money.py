"""What a token costs at each provider now, and how long its wallet lasts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from llm.core.cost.own import own_price
from llm.core.cost.parts import Part
from llm.core.reconcile.day import TokenKind
from llm.core.routing.config import Config, ProviderConfig
from llm.stores.capacity.learning import Money
from llm.stores.config.snapshot import config_store
from llm.stores.prices import token_rates

MILLION = 1_000_000


def money_of(tiers: Mapping[str, str], wallet_hours: Mapping[str, float], at: float) -> dict[str, Money]:
    """The money of each configured provider, at the tier that served it last. `at`: Unix seconds."""
    config, moment = config_store.peek(), datetime.fromtimestamp(at, UTC)
    return {
        name: _money(config, provider, tiers.get(name, ""), wallet_hours.get(provider.wallet or name), moment)
        for name, provider in config.providers.items()
    }


def _money(config: Config, provider: ProviderConfig, tier: str, wallet_hours: float | None, moment: datetime) -> Money:
    rates = _own(config, provider, moment) or _listed(provider, tier, moment)
    input_usd, cached_usd, output_usd = rates
    return Money(input_usd=input_usd, cached_usd=cached_usd, output_usd=output_usd, wallet_hours=wallet_hours)


Rates = tuple[float | None, float | None, float | None]


def _own(config: Config, provider: ProviderConfig, moment: datetime) -> Rates | None:
    candidate = provider.candidate
    found = own_price(config.prices, provider=candidate.name, kind=candidate.kind, models=(candidate.model,), at=moment)
    if found is None:
        return None
    return (
        _usd(found.rate(Part.INPUT), MILLION),
        _usd(found.rate(Part.CACHE_READ), MILLION),
        _usd(found.rate(Part.OUTPUT), MILLION),
    )


def _listed(provider: ProviderConfig, tier: str, moment: datetime) -> Rates:
    rates = token_rates(provider.candidate.kind, provider.candidate.model, tier, moment) or {}
    return _usd(rates.get(TokenKind.INPUT)), _usd(rates.get(TokenKind.CACHED)), _usd(rates.get(TokenKind.OUTPUT))


def _usd(rate: Decimal | None, tokens: int = 1) -> float | None:
    return None if rate is None else float(rate) / tokens
