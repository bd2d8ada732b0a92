"""Answers a customer's message: chooses the history, asks the gateway, stores the answer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import Error as DatabaseError

from conversations import store
from conversations.history import window
from conversations.prompts import build_request
from conversations.store import AssistantMessage, UserMessage
from llm.core.calls import Answer, Caller, CallOptions, Completed, Started
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Alive, TextDelta
from llm.core.exceptions import RequestRejected
from llm.services.calls.run import complete, stream

log = structlog.get_logger(__name__)

OPTIONS = CallOptions(route="conversation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The whole answer; `provider` is "static" when `degraded`."""

    conversation_id: UUID
    text: str
    provider: str
    model: str
    degraded: bool
    request_id: str
    cost_usd: Decimal | None = None
    """US dollars; None when the cost is not wholly known."""


ReplyEvent = Started | TextDelta | Alive | Reply
"""A streamed reply: Started, then TextDelta and Alive, and Reply at the end of a whole answer."""


async def reply(user_message: UserMessage, *, caller: Caller) -> Reply:
    """Answers and stores the answer, which is the static one when no provider answers. Raises RequestRejected."""
    try:
        answer = await complete(_request(user_message), caller=caller, options=OPTIONS)
    except RequestRejected:
        await store.exclude_from_history(user_message.turn_id)
        raise
    return await _stored_reply(user_message, answer)


async def stream_reply(user_message: UserMessage, *, caller: Caller) -> AsyncGenerator[ReplyEvent]:
    """Answers in pieces and stores the answer.

    Raises RequestRejected before the first event, StreamBroken after it. Stores the text so far as incomplete
    when the stream breaks or the client leaves.
    """
    started: Started | None = None
    pieces: list[str] = []
    stored = False
    try:
        async with aclosing(stream(_request(user_message), caller=caller, options=OPTIONS)) as events:
            async for event in events:
                match event:
                    case Completed(answer=answer):
                        stored = True
                        yield await _stored_reply(user_message, answer)
                    case Started():
                        if started is None:
                            started = event
                            yield event
                    case TextDelta(text=text):
                        pieces.append(text)
                        yield event
                    case Alive():
                        yield event
    except RequestRejected:
        await store.exclude_from_history(user_message.turn_id)
        raise
    finally:
        if started is not None and pieces and not stored:
            await _store(user_message, _incomplete(started, "".join(pieces), caller.request_id))


def _request(user_message: UserMessage) -> ChatRequest:
    return build_request(window(user_message.earlier, user_message.text), language=user_message.language)


def _incomplete(started: Started, text: str, request_id: str) -> AssistantMessage:
    return AssistantMessage(
        text=text,
        provider=started.provider,
        model=started.model,
        degraded=started.degraded,
        complete=False,
        request_id=request_id,
    )


async def _stored_reply(user_message: UserMessage, answer: Answer) -> Reply:
    message = AssistantMessage(
        text=answer.completion.text,
        provider=answer.provider,
        model=answer.completion.model,
        degraded=answer.degraded,
        complete=True,
        request_id=answer.call.request_id,
    )
    await _store(user_message, message)
    return Reply(
        conversation_id=user_message.conversation_id,
        text=message.text,
        provider=message.provider,
        model=message.model,
        degraded=message.degraded,
        request_id=message.request_id,
        cost_usd=answer.trail.whole_cost_usd,
    )


async def _store(user_message: UserMessage, message: AssistantMessage) -> None:
    """Stores the answer, also while this request is being cancelled. Logs a database error and goes on."""
    try:
        await asyncio.shield(store.add_assistant_message(user_message.conversation_id, message))
    except DatabaseError:
        # The customer still gets the answer; only the history lacks it.
        log.exception(
            "answer not stored", conversation=str(user_message.conversation_id), request_id=message.request_id
        )
