"""The lines of an invoice: what was used, split into parts that have a price each and share no token."""

from collections.abc import Iterable
from enum import StrEnum

from llm.core.chat.response import Usage


class Part(StrEnum):
    """A kind of token with a price of its own. Uses of tools are parts too, under their own names."""

    INPUT = "input"
    CACHE_READ = "cache_read"
    CACHE_WRITE_5M = "cache_write_5m"
    """Also the writes of vendors with one lifetime."""
    CACHE_WRITE_1H = "cache_write_1h"
    INPUT_AUDIO = "input_audio"
    CACHE_READ_AUDIO = "cache_read_audio"
    INPUT_IMAGE = "input_image"
    OUTPUT = "output"
    REASONING = "reasoning"
    OUTPUT_AUDIO = "output_audio"
    OUTPUT_IMAGE = "output_image"


WEB_SEARCHES = "web_searches"
REQUESTS = "requests"
"""The part of a model that is paid by the request."""
FREE_UNITS = frozenset({"web_fetches", "code_executions", "tool_searches"})
"""Uses without a price of their own: https://platform.claude.com/docs/en/about-claude/pricing#tool-use-pricing.

Code runs are billed by the hour of their container, which no answer reports.
"""


def split(usage: Usage) -> list[tuple[Part, int]]:
    """The tokens by part, without empty ones. Impossible counts are cut: no part is negative or beyond the whole."""
    left = max(0, usage.input)

    def take(tokens: int) -> int:
        nonlocal left
        taken = min(max(0, tokens), left)
        left -= taken
        return taken

    cached, written = take(usage.cached), take(usage.cache_written)
    written_1h = min(max(0, usage.cache_written_1h), written)
    cached_audio = min(max(0, usage.cached_audio), cached, max(0, usage.input_audio))
    audio, image = take(usage.input_audio - cached_audio), take(usage.input_image)
    plain, left = left, max(0, usage.output)
    reasoning, output_audio, output_image = take(usage.reasoning), take(usage.output_audio), take(usage.output_image)
    parts: Iterable[tuple[Part, int]] = (
        (Part.INPUT, plain),
        (Part.CACHE_READ, cached - cached_audio),
        (Part.CACHE_WRITE_5M, written - written_1h),
        (Part.CACHE_WRITE_1H, written_1h),
        (Part.INPUT_AUDIO, audio),
        (Part.CACHE_READ_AUDIO, cached_audio),
        (Part.INPUT_IMAGE, image),
        (Part.OUTPUT, left),
        (Part.REASONING, reasoning),
        (Part.OUTPUT_AUDIO, output_audio),
        (Part.OUTPUT_IMAGE, output_image),
    )
    return [part for part in parts if part[1]]
