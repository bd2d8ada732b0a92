"""Answers a customer's message: history, gateway, and the answer stored whoever gave it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import Error as DatabaseTrouble

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
    """The whole answer, and who gave it: `provider` is "static" when `degraded`."""

    conversation_id: UUID
    text: str
    provider: str
    model: str
    degraded: bool
    request_id: str


ReplyEvent = Started | TextDelta | Alive | Reply
"""A streamed reply: Started, then pieces and signs of life, and Reply only when it came whole."""


async def reply(heard: UserMessage, *, caller: Caller) -> Reply:
    """The answer, the static one at worst. Raises RequestRejected."""
    try:
        answer = await complete(_request(heard), caller=caller, options=OPTIONS)
    except RequestRejected:
        await store.exclude_from_history(heard.turn_id)
        raise
    return await _whole(heard, answer)


async def stream_reply(heard: UserMessage, *, caller: Caller) -> AsyncGenerator[ReplyEvent]:
    """The same in pieces.

    Raises RequestRejected before the first event, StreamBroken after it. What has been said by then,
    or when the listener leaves, is stored as incomplete.
    """
    opened: Started | None = None
    said: list[str] = []
    whole = False
    try:
        async with aclosing(stream(_request(heard), caller=caller, options=OPTIONS)) as events:
            async for event in events:
                match event:
                    case Completed(answer=answer):
                        whole = True
                        yield await _whole(heard, answer)
                    case Started():
                        if opened is None:
                            opened = event
                            yield event
                    case TextDelta(text=text):
                        said.append(text)
                        yield event
                    case Alive():
                        yield event
    except RequestRejected:
        await store.exclude_from_history(heard.turn_id)
        raise
    finally:
        if opened is not None and said and not whole:
            await _kept(heard, _part(opened, "".join(said), caller.request_id))


def _request(heard: UserMessage) -> ChatRequest:
    return build_request(window(heard.earlier, heard.text), language=heard.language)


def _part(opened: Started, text: str, request_id: str) -> AssistantMessage:
    return AssistantMessage(
        text=text,
        provider=opened.provider,
        model=opened.model,
        degraded=opened.degraded,
        complete=False,
        request_id=request_id,
    )


async def _whole(heard: UserMessage, answer: Answer) -> Reply:
    spoken = AssistantMessage(
        text=answer.completion.text,
        provider=answer.provider,
        model=answer.completion.model,
        degraded=answer.degraded,
        complete=True,
        request_id=answer.call.request_id,
    )
    await _kept(heard, spoken)
    return Reply(
        conversation_id=heard.conversation_id,
        text=spoken.text,
        provider=spoken.provider,
        model=spoken.model,
        degraded=spoken.degraded,
        request_id=spoken.request_id,
    )


async def _kept(heard: UserMessage, spoken: AssistantMessage) -> None:
    """Stores the answer, also while this request is being cancelled."""
    try:
        await asyncio.shield(store.add_assistant_message(heard.conversation_id, spoken))
    except DatabaseTrouble:
        # The customer waits for an answer that is there; what is lost is its place in the history.
        log.exception("answer not stored", conversation=str(heard.conversation_id), request_id=spoken.request_id)
