"""Costs by the kept rates are those that the price list itself reckons, in every tier and for every size."""

import warnings
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage as Billed
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot

from llm.core.chat.response import Usage
from llm.kinds import KINDS
from llm.stores.prices.price import listed_cost

MAY = datetime(2026, 5, 1, 3, tzinfo=UTC)
LATE = datetime(2027, 1, 2, 17, tzinfo=UTC)
USES = (
    Usage(input=9_000, output=777, cached=3_000, cache_written=1_000, cache_written_1h=400, reasoning=100),
    Usage(input=300_001, output=3, cached=250_003, input_audio=20_000, cached_audio=5_000, output_audio=2),
    Usage(input=150_000, output=50, input_image=900, output_image=30, units=(("web_searches", 3),)),
)


def billed(use: Usage) -> Billed:
    return Billed(
        input_tokens=use.input,
        output_tokens=use.output,
        cache_read_tokens=use.cached,
        cache_write_tokens=use.cache_written,
        cache_write_1h_tokens=use.cache_written_1h,
        cache_write_5m_tokens=use.cache_written - use.cache_written_1h,
        output_reasoning_tokens=use.reasoning,
        input_audio_tokens=use.input_audio,
        cache_audio_read_tokens=use.cached_audio,
        output_audio_tokens=use.output_audio,
        input_image_tokens=use.input_image,
        output_image_tokens=use.output_image,
        web_searches=dict(use.units).get("web_searches", 0),
    )


@pytest.mark.parametrize("at", [MAY, LATE])
@pytest.mark.parametrize("tier", ["", "batch", "flex", "priority", "fast"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_list_reckons_the_same(kind: str, tier: str, at: datetime) -> None:
    provider_id = KINDS[kind].price_id
    context = {"processing": "batch"} if tier == "batch" else {"service_tier": tier, "speed": tier}
    models = next(one for one in get_snapshot().providers if one.id == provider_id).models
    compared = 0
    for model in models:
        for use in USES:
            cost = listed_cost(kind, model.id, Usage(**{**_fields(use), "tier": tier}), at)
            if cost is None or cost.unpriced or (tier and not _has(model, tier, at)):
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                price = calc_price(
                    billed(use),
                    model_ref=model.id,
                    provider_id=provider_id,
                    genai_request_timestamp=at,
                    price_context=context if tier else None,
                )
            assert cost.usd == price.total_price.quantize(Decimal("1e-9")), (model.id, use)
            compared += 1
    assert compared > 20 or tier


def _has(model: object, tier: str, at: datetime) -> bool:
    from llm.stores.prices.listed import Listed
    from llm.stores.prices.rates import rates_at

    return rates_at(Listed(model, True), tier, at).has_tier  # type: ignore[arg-type]


def _fields(use: Usage) -> dict[str, object]:
    return {name: getattr(use, name) for name in Usage.__slots__ if name not in ("tier", "reported")}
