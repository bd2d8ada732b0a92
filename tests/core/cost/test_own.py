"""Which of the operators' prices counts for an attempt."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from llm.core.chat.response import Usage
from llm.core.cost.own import OwnPrice, OwnPrices, by_model, own_price
from llm.core.cost.parts import Part
from llm.core.cost.reckon import reckon

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def a_price(version: str, **more: object) -> OwnPrice:
    usual = {"kind": "openai", "model": "House-1", "rates": {Part.INPUT: Decimal(1), Part.OUTPUT: Decimal(2)}}
    return OwnPrice(version=version, **{**usual, **more})  # type: ignore[arg-type]


def found(prices: OwnPrices, *models: str, provider: str = "house", at: datetime = NOON) -> str | None:
    price = own_price(prices, provider=provider, kind="openai", models=models, at=at)
    return price.version if price else None


def test_a_price_of_the_provider_goes_before_one_of_its_kind() -> None:
    prices = by_model([a_price("kind"), a_price("own", provider="house", kind="")])
    assert found(prices, "house-1") == "own"
    assert found(prices, "house-1", provider="elsewhere") == "kind"


def test_the_model_that_answered_goes_before_the_one_that_was_asked() -> None:
    prices = by_model([a_price("asked"), a_price("answered", model="house-1-2026")])
    assert found(prices, "house-1-2026", "house-1") == "answered"
    assert found(prices, "unknown", "house-1") == "asked"
    assert found(prices, "unknown") is None


@pytest.mark.parametrize(("day", "version"), [(9, None), (10, "first"), (19, "first"), (20, "second"), (30, None)])
def test_a_price_counts_from_its_first_day_to_before_its_last(day: int, version: str | None) -> None:
    prices = by_model(
        [
            a_price("first", valid_from=date(2026, 6, 10), valid_to=date(2026, 6, 20)),
            a_price("second", valid_from=date(2026, 6, 20), valid_to=date(2026, 6, 30)),
        ]
    )
    assert found(prices, "house-1", at=datetime(2026, 6, day, tzinfo=UTC)) == version


def test_a_part_without_a_rate_pays_that_of_the_part_that_stands_for_it() -> None:
    usage = Usage(input=1000, cached=300, cache_written=200, cache_written_1h=100, output=10, reasoning=4)
    price = a_price("v", rates={Part.INPUT: Decimal(1), Part.OUTPUT: Decimal(2), Part.CACHE_WRITE_5M: Decimal(3)})
    cost = reckon(usage, price.rate, price.unit_rate, version="v")
    assert cost.usd == Decimal("0.0008") + 3 * Decimal("0.0002") + Decimal("0.00002")
    assert not cost.unpriced


def test_searches_without_a_price_make_the_cost_unpriced_and_keep_the_rest() -> None:
    usage = Usage(input=1000, output=10, units=(("web_fetches", 2), ("web_searches", 3)))
    cost = reckon(usage, a_price("v").rate, a_price("v").unit_rate, version="v")
    assert (cost.usd, cost.unpriced) == (Decimal("0.00102"), True)
    priced = a_price("v", web_searches=Decimal(10))
    assert reckon(usage, priced.rate, priced.unit_rate, version="v").usd == Decimal("0.03102")
