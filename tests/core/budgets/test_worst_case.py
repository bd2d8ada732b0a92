"""What a call may cost at most: the dearest provider, or the dearest two where both may be asked at once."""

import pytest

from llm.core.budgets.worst_case import Offer, Rates, worst_cost, worst_tokens

OFFERS = [
    Offer(provider="claude", output_tokens=100, rates=Rates(input_nano=3_000, output_nano=15_000)),
    Offer(provider="gemini", output_tokens=400, rates=Rates(input_nano=1_000, output_nano=5_000)),
    Offer(provider="openai", output_tokens=100, rates=Rates(input_nano=1_000, output_nano=2_000)),
]


@pytest.mark.parametrize(
    ("at_once", "nano", "tokens"), [(1, 2_010_000, 410), (2, 1_530_000 + 2_010_000, 410 + 110), (9, 3_750_000, 630)]
)
def test_so_many_at_once_are_all_billed(at_once: int, nano: int, tokens: int) -> None:
    assert worst_cost(OFFERS, 10, unpriced_nano=0, at_once=at_once) == nano
    assert worst_tokens(OFFERS, 10, at_once=at_once) == tokens


def test_without_a_provider_nothing_is_reserved() -> None:
    assert worst_cost([], 10, unpriced_nano=0, at_once=2) == worst_tokens([], 10) == 0
