"""Runs a parsed chat request, whole or as a stream of events. Both dialects use it."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace

from llm.api.chat.fields import bad
from llm.core.calls import Answer, AnswerEvent, CallOptions, Completed, Started
from llm.core.chat.request import ChatRequest, Message, Role
from llm.core.exceptions import RequestRejected, UnknownProvider
from llm.services.calls import run
from llm.services.languages import detect_language
from llm.services.models import resolve_model
from web.endpoint import RequestContext

READ_FOR_LANGUAGE = 4_000
"""Characters. The words by which a language is detected come early; a long text costs time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCall:
    """A chat request and the caller's choices: model, fallbacks, static tier, language, streaming.

    `tags` come from the body's `metadata`. `fallbacks` and `language` are None when the caller sent none.
    """

    model: str
    request: ChatRequest
    stream: bool = False
    fallbacks: tuple[str, ...] | None = None
    static: bool = True
    language: str | None = None
    tags: tuple[str, ...] = ()


async def complete(context: RequestContext, call: GatewayCall) -> Answer:
    """The answer, which may be a model's refusal. Raises what `run.complete` raises, and ApiError."""
    request, options = await _prepared(context, call)
    with _known_providers():
        try:
            return await run.complete(request, caller=context.caller("api", call.tags), options=options)
        except RequestRejected as error:
            if error.refusal is None:
                raise
            return error.refusal


async def stream(context: RequestContext, call: GatewayCall) -> AsyncGenerator[AnswerEvent]:
    """The same as events, `Started` first and `Completed` last."""
    request, options = await _prepared(context, call)
    with _known_providers():
        try:
            async with aclosing(
                run.stream(request, caller=context.caller("api", call.tags), options=options)
            ) as events:
                async for event in events:
                    yield event
        except RequestRejected as error:
            if (refusal := error.refusal) is None:
                raise
            yield _opened(refusal)
            yield Completed(answer=refusal)


async def _prepared(context: RequestContext, call: GatewayCall) -> tuple[ChatRequest, CallOptions]:
    language = call.language or detect_language(last_user_text(call.request.messages)[:READ_FOR_LANGUAGE])
    options = await resolve_model(call.model, context.rights)
    return replace(call.request, language=language), replace(options, fallbacks=call.fallbacks, static=call.static)


@contextmanager
def _known_providers() -> Iterator[None]:
    try:
        yield
    except UnknownProvider as error:
        raise bad("fallbacks", str(error)) from error


def _opened(answer: Answer) -> Started:
    return Started(
        call_id=answer.call.id,
        provider=answer.provider,
        model=answer.completion.model,
        attempts=len(answer.trail.attempts),
    )


def last_user_text(messages: tuple[Message, ...]) -> str:
    """The text of the last user message, "" without one. The language is detected from it."""
    said = (message.text for message in reversed(messages) if message.role is Role.USER)
    return next((text for text in said if text.strip()), "")
