"""What both chat doors ask of the gateway, once their request is read: whole or as events, in whatever dialect."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace

from llm.api.chat.fields import bad
from llm.core.calls import Answer, AnswerEvent, CallOptions, Completed, Started
from llm.core.chat.language import detect
from llm.core.chat.request import ChatRequest, Message, Role
from llm.core.exceptions import RequestRejected, UnknownProvider
from llm.services.calls.run import complete, stream
from llm.services.models import resolve_model
from web.endpoint import RequestContext

READ_FOR_LANGUAGE = 4_000
"""Characters: the small words that tell a language come early, and a long text is not worth the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCall:
    """A request as it came: what is asked of whom, and how the answer travels.

    `fallbacks` is None when the caller named none. `language` is None unless the caller chose.
    """

    model: str
    request: ChatRequest
    stream: bool = False
    fallbacks: tuple[str, ...] | None = None
    static: bool = True
    language: str | None = None


async def whole(visit: RequestContext, asked: GatewayCall) -> Answer:
    """The answer; a model's own refusal is one. Raises what `complete` raises, and ApiError."""
    request, options = await _prepared(asked)
    with _known_providers():
        try:
            return await complete(request, caller=visit.caller("api"), options=options)
        except RequestRejected as error:
            if error.refusal is None:
                raise
            return error.refusal


async def events(visit: RequestContext, asked: GatewayCall) -> AsyncGenerator[AnswerEvent]:
    """The same as events, `Started` first and `Completed` last."""
    request, options = await _prepared(asked)
    with _known_providers():
        try:
            async with aclosing(stream(request, caller=visit.caller("api"), options=options)) as told:
                async for event in told:
                    yield event
        except RequestRejected as error:
            if (refusal := error.refusal) is None:
                raise
            yield _opened(refusal)
            yield Completed(answer=refusal)


async def _prepared(asked: GatewayCall) -> tuple[ChatRequest, CallOptions]:
    language = asked.language or detect(last_user_text(asked.request.messages)[:READ_FOR_LANGUAGE])
    options = await resolve_model(asked.model)
    return replace(asked.request, language=language), replace(options, fallbacks=asked.fallbacks, static=asked.static)


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
    """What the user said last, for guessing the language; "" when no user spoke."""
    return next((m.text for m in reversed(messages) if m.role is Role.USER and m.text.strip()), "")
