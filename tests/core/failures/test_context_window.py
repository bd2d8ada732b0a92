"""The window size in a vendor's error about a too long request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.failures.context_window import LARGEST, SMALLEST, stated_window


@pytest.mark.parametrize(
    ("message", "size"),
    [
        ("prompt is too long: 215234 tokens > 200000 maximum", 200_000),
        (
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or"
            " `max_tokens` and try again",
            200_000,
        ),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 1_048_576),
        (
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
            8_192,
        ),
        ("This model's maximum context length is 32,768 tokens.", 32_768),
        ("Prompt contains 40000 tokens, too large for model with 32768 maximum context length", 32_768),
        ("The input (33000 tokens) is longer than the model's context length (32768 tokens).", 32_768),
        ("the request exceeds the available context size (4096 tokens), try increasing it", 4_096),
        ("maximum context length is 128k tokens", 128_000),
        ("Input is too long for requested model.", None),
        ("Request too large: limit is 30 requests per minute", None),
        ("Extra usage is required for long context requests.", 200_000),
        ("", None),
    ],
)
def test_the_size_is_read_from_the_vendors_sentence(message: str, size: int | None) -> None:
    assert stated_window(message) == size


@given(st.text())
def test_every_sentence_gives_a_plausible_size_or_none(message: str) -> None:
    size = stated_window(message)
    assert size is None or SMALLEST <= size <= LARGEST


@given(st.text(max_size=200), st.text(alphabet="0123456789,", max_size=400))
def test_long_numbers_are_read_in_no_time(before: str, digits: str) -> None:
    stated_window(f"{before} maximum context length is {digits}")
