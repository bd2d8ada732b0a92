"""What the vendors' figures mean: one table, and the function that makes a `Usage` of them."""

from dataclasses import dataclass

from llm.core.chat.response import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """How one vendor counts. `source` documents it."""

    cache_in_input: bool
    """Whether its input figure includes the tokens read from and written to the cache."""
    reasoning_in_output: bool
    """Whether its output figure includes the tokens of reasoning."""
    source: str


MEANINGS: dict[str, Meaning] = {
    "claude": Meaning(
        cache_in_input=False,
        reasoning_in_output=True,
        source="https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance "
        "and .../build-with-claude/extended-thinking#pricing",
    ),
    "gemini": Meaning(
        cache_in_input=True,
        reasoning_in_output=False,
        source="https://ai.google.dev/api/generate-content#UsageMetadata: promptTokenCount is the total effective "
        "prompt, totalTokenCount the sum of prompt, candidates, tool use and thoughts",
    ),
    "openai": Meaning(
        cache_in_input=True,
        reasoning_in_output=True,
        source="https://platform.openai.com/docs/api-reference/chat/object and .../docs/guides/prompt-caching, "
        ".../docs/guides/reasoning; other vendors that speak its protocol follow it",
    ),
}
"""By kind of provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A vendor's figures as it reports them, in tokens; `tool_input` is what its own tools gave the model to read."""

    input: int = 0
    output: int = 0
    total: int = 0
    cached: int = 0
    cache_written: int = 0
    cache_written_1h: int = 0
    reasoning: int = 0
    tool_input: int = 0
    input_audio: int = 0
    cached_audio: int = 0
    output_audio: int = 0
    input_image: int = 0
    output_image: int = 0
    units: tuple[tuple[str, int], ...] = ()
    tier: str = ""
    region: str = ""
    reported: str = ""


def usage_of(kind: str, figures: Figures) -> Usage:
    """What was billed, in the one meaning that the gateway has.

    A vendor whose `total` shows that its reasoning stands beside the output is believed: some that speak OpenAI's
    protocol count like Gemini (https://docs.x.ai/docs/guides/reasoning).
    """
    meaning = MEANINGS[kind]
    beside_input = figures.tool_input
    if not meaning.cache_in_input:
        beside_input += figures.cached + figures.cache_written
    counted = figures.input + figures.output
    is_beside = not meaning.reasoning_in_output or (counted and figures.total == counted + figures.reasoning)
    return Usage(
        input=figures.input + beside_input,
        output=figures.output + (figures.reasoning if is_beside else 0),
        cached=figures.cached,
        cache_written=figures.cache_written,
        reasoning=figures.reasoning,
        cache_written_1h=min(figures.cache_written_1h, figures.cache_written),
        input_audio=figures.input_audio,
        cached_audio=figures.cached_audio,
        output_audio=figures.output_audio,
        input_image=figures.input_image,
        output_image=figures.output_image,
        units=figures.units,
        tier=figures.tier,
        region=figures.region,
        reported=figures.reported,
    )
