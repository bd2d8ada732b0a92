"""The names of attributes in both dialects of OpenTelemetry's conventions for generative AI, in one table.

OLD is v1.36 and before, the default of these conventions' own transition plan; LATEST is what
OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental asks for. They are still in development, so the strings stand
here and not in a package. https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

from enum import StrEnum

OPT_IN = "gen_ai_latest_experimental"


class Dialect(StrEnum):
    """Which names are used."""

    OLD = "old"
    LATEST = "latest"


class Fact(StrEnum):
    """What is told of an attempt."""

    OPERATION = "operation"
    VENDOR = "vendor"
    ASKED_MODEL = "asked_model"
    ANSWERED_MODEL = "answered_model"
    STREAM = "stream"
    FIRST_TOKEN_S = "first_token_s"  # noqa: S105  a token of text
    INPUT = "input"
    OUTPUT = "output"
    CACHE_READ = "cache_read"
    CACHE_WRITTEN = "cache_written"
    REASONING = "reasoning"
    PROMPT = "prompt"
    ANSWER = "answer"


NAMES: dict[Fact, tuple[str | None, str | None]] = {
    Fact.OPERATION: ("gen_ai.operation.name", "gen_ai.operation.name"),
    Fact.VENDOR: ("gen_ai.system", "gen_ai.provider.name"),
    Fact.ASKED_MODEL: ("gen_ai.request.model", "gen_ai.request.model"),
    Fact.ANSWERED_MODEL: ("gen_ai.response.model", "gen_ai.response.model"),
    Fact.STREAM: (None, "gen_ai.request.stream"),
    Fact.FIRST_TOKEN_S: (None, "gen_ai.response.time_to_first_chunk"),
    Fact.INPUT: ("gen_ai.usage.input_tokens", "gen_ai.usage.input_tokens"),
    Fact.OUTPUT: ("gen_ai.usage.output_tokens", "gen_ai.usage.output_tokens"),
    Fact.CACHE_READ: (None, "gen_ai.usage.cache_read.input_tokens"),
    Fact.CACHE_WRITTEN: (None, "gen_ai.usage.cache_creation.input_tokens"),
    Fact.REASONING: (None, "gen_ai.usage.reasoning.output_tokens"),
    Fact.PROMPT: ("gen_ai.prompt", "gen_ai.input.messages"),
    Fact.ANSWER: ("gen_ai.completion", "gen_ai.output.messages"),
}
"""Fact -> (old, latest); None where the dialect has no name for it."""

VENDORS = {"claude": "anthropic", "gemini": "gcp.gemini", "openai": "openai"}
"""Kind of provider -> the conventions' name of the vendor, the same in both."""


def dialect_of(opt_in: str) -> Dialect:
    """The dialect that a comma list of OTEL_SEMCONV_STABILITY_OPT_IN asks for."""
    return Dialect.LATEST if OPT_IN in (word.strip() for word in opt_in.split(",")) else Dialect.OLD


def name_of(fact: Fact, dialect: Dialect) -> str | None:
    """The attribute's name; None when the dialect has none."""
    return NAMES[fact][dialect is Dialect.LATEST]
