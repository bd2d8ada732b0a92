"""Reads the size of a model's context window from a vendor's error about a too long request."""

import re

_NUMBER = r"(\d[\d,_\u202f]*)(k?)"
_STATED = tuple(
    re.compile(pattern.replace("N", _NUMBER), re.IGNORECASE)
    for pattern in (
        r"> N(?: tokens)? maximum",  # Anthropic: "prompt is too long: 215234 tokens > 200000 maximum"
        r"context (?:limit|window)[^.]*?> N",  # Anthropic: "exceed context limit: 190000 + 20000 > 200000"
        r"maximum number of tokens allowed[^\d]{0,12}N",  # Gemini
        r"(?:maximum|max) (?:context|prompt|sequence|model) length (?:is|of|:|=)? ?N",  # OpenAI, vLLM, DeepSeek
        r"N maximum context length",  # Mistral
        r"context (?:length|window|size) (?:is|of|limit of)? ?(?:only )?\(?N",  # Together, llama.cpp
        r"(?:limit|maximum) (?:is|of) N (?:input |context )?tokens",
        r"context(?:_| )(?:length|window)['\"]?\s*[:=]\s*N",
    )
)
_LONG_CONTEXT = re.compile(r"\blong[- ]context\b", re.IGNORECASE)
LONG_CONTEXT_FROM = 200_000
"""Tokens from which Anthropic calls a prompt long (https://platform.claude.com/docs/en/build-with-claude/context-windows);
Gemini's price list has the same step."""
SMALLEST, LARGEST = 512, 100_000_000
"""Tokens. A number outside of these bounds has another meaning."""


_ROOM = (
    # Anthropic: "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000"
    re.compile(r"(?P<input>\d+) \+ (?P<output>\d+) > (?P<window>\d+)"),
    # OpenAI: "maximum context length is 8192 tokens. However, you requested 9000 tokens (5000 in the messages, 4000 in
    # the completion)"
    re.compile(
        r"length is (?P<window>\d+) tokens.{0,60}\((?P<input>\d+) in (?:the|your) (?:messages|prompt)", re.DOTALL
    ),
)
LEAST_ROOM = 1_024
"""Tokens of an answer for which a request is sent again."""


def room_for_answer(message: str) -> int | None:
    """How many tokens of answer the window has room for, where a refusal counts input and output; else None."""
    for pattern in _ROOM:
        if found := pattern.search(message):
            room = int(found["window"]) - int(found["input"])
            return room if room >= LEAST_ROOM else None
    return None


def stated_window(message: str) -> int | None:
    """The window in tokens that `message` states; None without one."""
    for pattern in _STATED:
        for digits, thousands in pattern.findall(message):
            size = int(re.sub(r"\D", "", digits)) * (1000 if thousands else 1)
            if SMALLEST <= size <= LARGEST:
                return size
    return LONG_CONTEXT_FROM if _LONG_CONTEXT.search(message) else None
