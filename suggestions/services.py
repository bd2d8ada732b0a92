"""Gets suggestions out of the gateway: one call, a second one elsewhere when the answer is of no use, else the list."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """What is asked for. `text` may be "" and `context` empty, but not both; `count` is 1 to 10."""

    text: str = ""
    context: Mapping[str, Any]
    count: int = 3
    language: Language | None = None
    """None: that of the text, or else of the context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionResult:
    """At least one suggestion, and who made them: `provider` is "static" when `degraded`."""

    suggestions: tuple[Suggestion, ...]
    provider: str
    model: str
    degraded: bool
    request_id: str


async def generate(wish: SuggestionRequest, *, caller: Caller) -> SuggestionResult:
    """Suggestions for the wish, the static list at worst. Raises RequestRejected."""
    language = wish.language or detect_language(wish.text or " ".join(strings(bounded(wish.context))))
    request = build_request(wish.text, wish.context, count=wish.count, language=language)
    answer = await complete(request, caller=caller, options=CallOptions(route=ROUTE))
    found = _read(answer, wish.count)
    if not found:
        log.warning("suggestions of no use", provider=answer.provider, model=answer.completion.model)
        again = await _ask_others(request, caller, answer.provider)
        if again is not None:
            answer, found = again, _read(again, wish.count)
    if not found:
        # Two vendors answered beside the point; the customer still gets something to tap on.
        found = parse_lines(await static_text(ROUTE, language), wish.count)
        return _suggested(found, answer, provider=STATIC, model=STATIC, degraded=True)
    return _suggested(found, answer, provider=answer.provider, model=answer.completion.model, degraded=answer.degraded)


async def _ask_others(request: ChatRequest, caller: Caller, but: str) -> Answer | None:
    """The answer of another provider than `but`, the static one at worst; None when nobody takes the request."""
    try:
        return await complete(request, caller=caller, options=CallOptions(route=ROUTE, without=(but,)))
    except LLMError as error:
        # One vendor has taken the request already, so what another thinks of it is no news for the caller.
        log.warning("no second try at suggestions", error=str(error))
        return None


def _read(answer: Answer, count: int) -> tuple[Suggestion, ...]:
    read = parse_lines if answer.degraded else parse
    return read(answer.completion.text, count)


def _suggested(
    found: tuple[Suggestion, ...], answer: Answer, *, provider: str, model: str, degraded: bool
) -> SuggestionResult:
    return SuggestionResult(
        suggestions=found, provider=provider, model=model, degraded=degraded, request_id=answer.call.request_id
    )
