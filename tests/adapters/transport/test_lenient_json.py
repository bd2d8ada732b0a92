"""Numbers of tokens as vendors report them, plausible or not."""

import pytest

from llm.adapters.transport.lenient_json import MAX_COUNT, count


@pytest.mark.parametrize(
    ("reported", "tokens"),
    [
        (25, 25),
        (25.0, 25),
        (MAX_COUNT, MAX_COUNT),
        (MAX_COUNT + 1, 0),
        (99_999_999_999, 0),
        (-1, 0),
        (True, 0),
        ("9", 0),
    ],
)
def test_a_count_that_no_model_can_reach_is_none(reported: object, tokens: int) -> None:
    assert count({"output_tokens": reported}, "output_tokens") == tokens
