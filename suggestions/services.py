"""Asks the gateway for suggestions.

An answer without any leads to a second call at another provider, and then to the static list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog

from llm.core.calls import Answer, Caller, CallOptions
from llm.core.chat.language import Language
from llm.core.chat.request import ChatRequest
from llm.core.exceptions import LLMError
from llm.services.calls.run import complete, static_text
from llm.services.languages import detect_language
from suggestions.context import bounded, strings
from suggestions.parsing import Suggestion, parse, parse_lines
from suggestions.prompts import build_request

log = structlog.get_logger(__name__)

ROUTE = "suggestions"
STATIC = "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRequest:
    """A request for `count` (1 to 10) suggestions. At least one of `text` and `context` holds something."""

    text: str = ""
    context: Mapping[str, Any]
    count: int = 3
    language: Language | None = None
    """None: detected from the text, or from the context without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionResult:
    """At least one suggestion; `provider` is "static" when `degraded`."""

    suggestions: tuple[Suggestion, ...]
    provider: str
    model: str
    degraded: bool
    request_id: str
    cost_usd: Decimal | None = None
    """Of all calls that it took; None when it is not wholly known."""


async def generate(wanted: SuggestionRequest, *, caller: Caller) -> SuggestionResult:
    """Asks for suggestions; returns the static list when no provider gives any. Raises RequestRejected."""
    language = wanted.language or detect_language(wanted.text or " ".join(strings(bounded(wanted.context))))
    request = build_request(wanted.text, wanted.context, count=wanted.count, language=language)
    answer = await complete(request, caller=caller, options=CallOptions(route=ROUTE))
    suggestions, cost_usd = _parsed(answer, wanted.count), answer.trail.whole_cost_usd
    if not suggestions:
        log.warning("suggestions of no use", provider=answer.provider, model=answer.completion.model)
        second = await _ask_others(request, caller, answer.provider)
        cost_usd = _sum(cost_usd, second.trail.whole_cost_usd if second else None)
        if second is not None:
            answer, suggestions = second, _parsed(second, wanted.count)
    if suggestions:
        provider, model, degraded = answer.provider, answer.completion.model, answer.degraded
    else:
        suggestions = parse_lines(await static_text(ROUTE, language), wanted.count)
        provider, model, degraded = STATIC, STATIC, True
    return SuggestionResult(
        suggestions=suggestions,
        provider=provider,
        model=model,
        degraded=degraded,
        request_id=answer.call.request_id,
        cost_usd=cost_usd,
    )


def _sum(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else first + second


async def _ask_others(request: ChatRequest, caller: Caller, but: str) -> Answer | None:
    """The answer of another provider than `but`, or the static one; None when the call fails."""
    try:
        return await complete(request, caller=caller, options=CallOptions(route=ROUTE, without=(but,)))
    except LLMError as error:
        # `but` accepted the request, so a rejection by another provider is not the caller's mistake.
        log.warning("no second try at suggestions", error=str(error))
        return None


def _parsed(answer: Answer, count: int) -> tuple[Suggestion, ...]:
    read = parse_lines if answer.degraded else parse
    return read(answer.completion.text, count)
