"""The dearest price of a token, by which worst cases are reserved."""

from datetime import UTC, date, datetime
from decimal import Decimal

from llm.core.budgets.worst_case import Rates
from llm.core.cost.own import OwnPrice, by_model
from llm.core.cost.parts import Part
from llm.stores.budgets.rates import worst_rates

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OWN = by_model(
    [
        OwnPrice(
            version="own 1",
            kind="claude",
            model="claude-haiku-4-5",
            valid_to=date(2027, 1, 1),
            rates={Part.INPUT: Decimal(8), Part.CACHE_WRITE_1H: Decimal(16), Part.OUTPUT: Decimal(40)},
        ),
        OwnPrice(
            version="own 2",
            kind="",
            provider="cheap",
            model="house-model",
            rates={Part.INPUT: Decimal("0.5"), Part.OUTPUT: Decimal(1)},
        ),
    ]
)


def test_an_operators_own_price_goes_before_the_list() -> None:
    assert worst_rates("claude", "claude-haiku-4-5", NOW, own=OWN) == Rates(input_nano=16_000, output_nano=40_000)


def test_a_price_that_has_ended_leaves_the_list() -> None:
    later = NOW.replace(year=2027)
    listed = worst_rates("claude", "claude-haiku-4-5", later)
    assert listed is not None
    assert worst_rates("claude", "claude-haiku-4-5", later, own=OWN) == listed


def test_a_price_of_one_provider_prices_a_model_that_no_list_has() -> None:
    assert worst_rates("openai", "house-model", NOW, provider="cheap", own=OWN) == Rates(
        input_nano=500, output_nano=1000
    )
    assert worst_rates("openai", "house-model", NOW, provider="other", own=OWN) is None
