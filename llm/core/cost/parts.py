"""The lines of an invoice: what was used, split into parts that have a price each and share no token."""

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
    parts = _split(
        usage.input,
        (Part.CACHE_READ, usage.cached),
        (Part.CACHE_WRITE_5M, usage.cache_written),
        (Part.INPUT_AUDIO, usage.input_audio - min(usage.cached_audio, usage.cached)),
        (Part.INPUT_IMAGE, usage.input_image),
        rest=Part.INPUT,
    )
    _move(parts, usage.cache_written_1h, Part.CACHE_WRITE_5M, Part.CACHE_WRITE_1H)
    _move(parts, min(usage.cached_audio, usage.input_audio), Part.CACHE_READ, Part.CACHE_READ_AUDIO)
    outputs = _split(
        usage.output,
        (Part.REASONING, usage.reasoning),
        (Part.OUTPUT_AUDIO, usage.output_audio),
        (Part.OUTPUT_IMAGE, usage.output_image),
        rest=Part.OUTPUT,
    )
    return [*parts.items(), *outputs.items()]


def _split(whole: int, *given: tuple[Part, int], rest: Part) -> dict[Part, int]:
    left = max(0, whole)
    parts: dict[Part, int] = {}
    for part, tokens in given:
        if tokens > 0 and left:
            parts[part] = min(tokens, left)
            left -= parts[part]
    return {rest: left, **parts} if left else parts


def _move(parts: dict[Part, int], tokens: int, source: Part, target: Part) -> None:
    """Takes up to `tokens` of one part for another."""
    moved = min(tokens, parts.get(source, 0))
    if moved <= 0:
        return
    parts[target] = moved
    parts[source] -= moved
    if not parts[source]:
        del parts[source]
