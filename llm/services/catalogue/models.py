"""The models that an account may use, as its vendor lists them, with their prices."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.reconcile.day import TokenKind
from llm.core.routing.config import ProviderConfig
from llm.services import portal
from llm.services.catalogue.drafts import Draft, config_of
from llm.services.runtime import build_adapter, import_sdks
from llm.stores import prices

TIMEOUT_S = 15.0
MTOK = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModel:
    """A model that can be chosen. Prices are USD a million tokens; None where the price list lacks it."""

    id: str
    input_usd: Decimal | None = None
    output_usd: Decimal | None = None
    context_window: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The models, by name. `has_list`: False for a vendor without one, whose models must be named by hand.

    `failure`: why the list could not be read; None when it was.
    """

    models: tuple[OfferedModel, ...] = ()
    has_list: bool = True
    failure: Failure | None = None


async def offered(draft: Draft) -> Offer:
    """Lists the models. Raises nothing for what the vendor does: see `Offer.failure`."""
    if draft.preset.quirks.models is None:
        return Offer(has_list=False)
    config = config_of(draft)
    try:
        ids = await listed(config)
    except ProviderError as error:
        return Offer(failure=error.failure)
    price_id = draft.preset.price_id
    return Offer(models=tuple(_priced(config.candidate.kind, model, price_id) for model in sorted(set(ids))))


def offered_sync(draft: Draft) -> Offer:
    """`offered` for threads without a running event loop."""
    return portal.run(lambda: offered(draft))


async def listed(provider: ProviderConfig) -> tuple[str, ...]:
    """The ids that the provider's vendor lists, over connections of its own. Raises ProviderError."""
    await asyncio.to_thread(import_sdks, (provider.candidate.kind,))
    adapter = build_adapter(provider)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await adapter.list_models(timeout_s=TIMEOUT_S)
    except TimeoutError:
        message = f"no list of models within {TIMEOUT_S:g} s"
        raise ProviderError(Failure(error_class=ErrorClass.TIMEOUT, message=message)) from None
    finally:
        await adapter.close()


def _priced(kind: str, model: str, price_id: str) -> OfferedModel:
    rates = prices.token_rates(kind, model, "", datetime.now(UTC), price_id) or {}
    input_rate, output_rate = rates.get(TokenKind.INPUT), rates.get(TokenKind.OUTPUT)
    return OfferedModel(
        id=model,
        input_usd=None if input_rate is None else input_rate * MTOK,
        output_usd=None if output_rate is None else output_rate * MTOK,
        context_window=prices.context_window(kind, model, price_id),
    )
