"""The conversation endpoints: check the body, call the store or the service, show the result.

Another user's conversation is a 404.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse

from conversations import docs, services, store
from conversations.models import Conversation
from conversations.pages import ConversationPages
from conversations.serializers import (
    ConversationSerializer,
    ConversationWithTurnsSerializer,
    MessageSerializer,
    OpeningSerializer,
)
from conversations.services import Reply
from conversations.store import ConversationMissing, UserMessage
from conversations.stream import ReplyEvents
from llm.core.calls import Caller
from llm.core.exceptions import RequestRejected
from web.endpoint import ApiError, RequestContext, by_method, endpoint
from web.headers import answered_by
from web.pagination import read_page
from web.sse.stream import open_stream

ORIGIN = "conversations"


@endpoint("GET")
async def _index(context: RequestContext) -> dict[str, Any]:
    return await read_page(ConversationPages, store.all_of(context.user_id), ConversationSerializer, context.request)


@endpoint("POST", body=OpeningSerializer, form=True, idempotent=True)
async def _create(context: RequestContext) -> HttpResponseBase:
    conversation = await store.create(context.user_id)
    if context.data["message"] is None:
        response: HttpResponseBase = JsonResponse(ConversationSerializer(conversation).data)
    else:
        message = await store.add_user_message(
            context.user_id, conversation.pk, context.data["message"], context.request_id
        )
        conversation.title, conversation.language = message.title, message.language
        try:
            response = await _answer(context, message, about=conversation)
        except RequestRejected:
            # The caller does not learn the id of this conversation and could never delete it.
            await store.remove(context.user_id, conversation.pk)
            raise
    response.status_code = 201
    response["Location"] = reverse("conversation", args=[conversation.pk])
    return response


@endpoint("GET")
async def _read(context: RequestContext, conversation_id: UUID) -> dict[str, Any]:
    try:
        conversation = await store.find(context.user_id, conversation_id)
    except ConversationMissing:
        raise ApiError(404) from None
    return dict(ConversationWithTurnsSerializer(conversation).data)


@endpoint("DELETE")
async def _delete(context: RequestContext, conversation_id: UUID) -> HttpResponse:
    try:
        await store.remove(context.user_id, conversation_id)
    except ConversationMissing:
        raise ApiError(404) from None
    return HttpResponse(status=204)


@docs.messages
@endpoint("POST", body=MessageSerializer, form=True, idempotent=True)
async def messages(context: RequestContext, conversation_id: UUID) -> HttpResponseBase:
    """POST /api/conversations/{id}/messages."""
    try:
        message = await store.add_user_message(
            context.user_id, conversation_id, context.data["message"], context.request_id
        )
    except ConversationMissing:
        raise ApiError(404) from None
    return await _answer(context, message, about=None)


conversations = docs.conversations(by_method(GET=_index, POST=_create))
conversation = docs.conversation(by_method(GET=_read, DELETE=_delete))


async def _answer(context: RequestContext, message: UserMessage, *, about: Conversation | None) -> HttpResponseBase:
    """The answer as JSON or as a stream, with the fields of `about` when it is given."""
    caller: Caller = context.caller(ORIGIN)
    show = partial(_shown, about=about)
    if context.data["stream"]:
        return await open_stream(services.stream_reply(message, caller=caller), ReplyEvents(context.request, show))
    reply = await services.reply(message, caller=caller)
    return JsonResponse(
        show(reply), headers=answered_by(reply.provider, degraded=reply.degraded, cost_usd=reply.cost_usd)
    )


def _shown(reply: Reply, about: Conversation | None) -> dict[str, Any]:
    return {
        **(ConversationSerializer(about).data if about else {}),
        "message": {"role": "assistant", "content": reply.text},
        "provider": reply.provider,
        "model": reply.model,
        "degraded": reply.degraded,
        "request_id": reply.request_id,
    }
