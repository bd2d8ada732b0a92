"""The vendors' bounds on requests, as data: one table a kind, rows for models where they differ.

A row's key is the beginning of the model's name; the longest that fits adds to its kind's bounds.
"""

import re
from dataclasses import replace
from typing import Any

from llm.core.routing.limits import NO_LIMITS, RequestLimits
from llm.kinds import is_compatible

MIB = 1024 * 1024

KINDS: dict[str, RequestLimits] = {
    # https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use (names),
    # .../api/messages (metadata.user_id, stop_sequences), .../build-with-claude/vision (images),
    # .../api/overview#request-size-limits (body), .../build-with-claude/pdf-support (documents)
    "claude": RequestLimits(
        tool_name=re.compile(r"[a-zA-Z0-9_-]{1,128}"),
        user=256,
        blank_stops=False,
        output_tokens=64_000,
        plain_user=True,
        images=100,
        image_bytes=10 * MIB,
        image_schemes=frozenset({"https"}),
        document_schemes=frozenset({"https"}),
        body_bytes=32 * MIB,
    ),
    # https://ai.google.dev/api/caching#FunctionDeclaration (names), .../api/generate-content#GenerationConfig (stops),
    # .../gemini-api/docs/file-input-methods (links, inline requests of 100 MB), .../gemini-api/docs/models (output),
    # .../gemini-api/docs/function-calling (tools), .../gemini-api/docs/document-processing (documents)
    "gemini": RequestLimits(
        tool_name=re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,63}"),
        tools=512,
        stops=5,
        output_tokens=65_536,
        image_schemes=frozenset({"https"}),
        document_bytes=50 * MIB,
        document_schemes=frozenset({"https"}),
        body_bytes=100 * MIB,
    ),
    # https://platform.openai.com/docs/api-reference/chat/create (names, tools, stop),
    # openai/openai-openapi#541 (user), .../docs/guides/images-vision (images),
    # https://developers.openai.com/api/docs/guides/file-inputs (documents: no links in chat completions)
    "openai": RequestLimits(
        tool_name=re.compile(r"[a-zA-Z0-9_-]{1,64}"),
        tools=128,
        user=64,
        stops=4,
        output_tokens=128_000,
        images=1_500,
        image_bytes=50 * MIB,
        document_bytes=50 * MIB,
        document_schemes=frozenset(),
        body_bytes=50 * MIB,
    ),
}

LARGE_CLAUDE = {"output_tokens": 128_000, "images": 600}
"""Models with a window of a million tokens."""

MODELS: dict[str, dict[str, Any]] = {
    # https://platform.claude.com/docs/en/about-claude/models/overview, and the deprecations page for older ones
    "claude-3-haiku": {"output_tokens": 4_096},
    "claude-3-opus": {"output_tokens": 4_096},
    "claude-3-sonnet": {"output_tokens": 4_096},
    "claude-3-5": {"output_tokens": 8_192},
    "claude-opus-4-0": {"output_tokens": 32_000},
    "claude-opus-4-1": {"output_tokens": 32_000},
    "claude-opus-4-2": {"output_tokens": 32_000},
    "claude-opus-4-6": LARGE_CLAUDE,
    "claude-opus-4-7": LARGE_CLAUDE,
    "claude-sonnet-4-6": LARGE_CLAUDE,
    "claude-opus-5": LARGE_CLAUDE,
    "claude-sonnet-5": LARGE_CLAUDE,
    "claude-haiku-5": {"output_tokens": 128_000},
    # https://ai.google.dev/gemini-api/docs/models
    "gemini-1.5": {"output_tokens": 8_192},
    "gemini-2.0": {"output_tokens": 8_192},
    # https://platform.openai.com/docs/models
    "gpt-3.5": {"output_tokens": 4_096},
    "gpt-4-turbo": {"output_tokens": 4_096},
    "gpt-4": {"output_tokens": 8_192},
    "gpt-4-0125": {"output_tokens": 4_096},
    "gpt-4-1106": {"output_tokens": 4_096},
    "gpt-4o": {"output_tokens": 16_384},
    "gpt-4o-2024-05-13": {"output_tokens": 4_096},
    "gpt-5-chat": {"output_tokens": 16_384},
    "gpt-5.1-chat": {"output_tokens": 16_384},
    "gpt-5.2-chat": {"output_tokens": 16_384},
    "gpt-4.1": {"output_tokens": 32_768},
    "o1": {"output_tokens": 100_000},
    "o3": {"output_tokens": 100_000},
    "o4-mini": {"output_tokens": 100_000},
}


def limits_of(kind: str, model: str) -> RequestLimits:
    """The bounds of `model`. A compatible vendor's model has OpenAI's rules for names and links, and no numbers."""
    limits = KINDS.get(kind, NO_LIMITS)
    if is_compatible(kind, model):
        return RequestLimits(tool_name=limits.tool_name, document_schemes=limits.document_schemes)
    name = model.rsplit("/", 1)[-1].lower()
    row = max((prefix for prefix in MODELS if name.startswith(prefix)), key=len, default=None)
    return limits if row is None else replace(limits, **MODELS[row])
