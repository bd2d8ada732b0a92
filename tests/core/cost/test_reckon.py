"""What reads of a vendor's cache save."""

from decimal import Decimal

import pytest

from llm.core.chat.response import Usage
from llm.core.cost.parts import Part
from llm.core.cost.reckon import reckon

RATES = {Part.INPUT: Decimal(2), Part.OUTPUT: Decimal(10), Part.INPUT_AUDIO: Decimal(32)}


@pytest.mark.parametrize(
    ("read_rates", "usage", "saved"),
    [
        ({Part.CACHE_READ: "0.2"}, Usage(input=1000, cached=400), "0.000720000"),
        ({Part.CACHE_READ: "0.2"}, Usage(input=1000), "0"),
        ({Part.CACHE_READ: "2"}, Usage(input=1000, cached=400), "0"),
        ({Part.CACHE_READ: "3"}, Usage(input=1000, cached=400), "0"),
        ({}, Usage(input=1000, cached=400), "0"),
        ({Part.CACHE_READ_AUDIO: "0.4"}, Usage(input=50, input_audio=50, cached=50, cached_audio=50), "0.00158"),
    ],
    ids=["cheaper", "nothing-read", "as-dear", "dearer", "without-a-rate", "audio"],
)
def test_the_difference_to_the_plain_rate_and_never_less_than_nothing(
    read_rates: dict[Part, str], usage: Usage, saved: str
) -> None:
    rates = RATES | {part: Decimal(rate) for part, rate in read_rates.items()}
    assert reckon(usage, rates.get, {}.get, version="v").saved_usd == Decimal(saved)


def test_a_tiers_factor_counts_for_what_was_saved_too() -> None:
    rates = RATES | {Part.CACHE_READ: Decimal("0.2")}
    cost = reckon(Usage(input=1000, cached=400), rates.get, {}.get, version="v", factor=Decimal("0.5"))
    assert cost.saved_usd == Decimal("0.00036")
