"""The OpenAPI descriptions of the conversation endpoints."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from conversations.pages import ConversationPages
from conversations.serializers import (
    NO_MESSAGE,
    TWO_MESSAGES,
    ConversationPageSerializer,
    ConversationWithTurnsSerializer,
    MessageSerializer,
    OpenedSerializer,
    OpeningSerializer,
    ReplySerializer,
)
from web.openapi import EVENTS, IDEMPOTENCY, documented, operation
from web.pagination import CURSOR_SCHEMA, limit_schema

TAG = "conversations"
EVENT_STREAM = OpenApiResponse(EVENTS, description="`delta` events, then `done` or `error`.")
STREAMED = "With `stream` the answer comes as server-sent events: `delta`s, then `done` with this shape, or `error`."


def _parameter(name: str, kind: dict[str, Any], description: str) -> Any:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description)


conversations = documented(
    get=operation(
        "conversations_list",
        "Your conversations, newest first",
        answers={200: ConversationPageSerializer},
        refuses=(400,),
        parameters=[
            _parameter("limit", limit_schema(ConversationPages), "How many."),
            _parameter("cursor", CURSOR_SCHEMA, "From the `next` of the page before."),
        ],
        tag=TAG,
    ),
    post=operation(
        "conversations_create",
        f"Begin a conversation, with a first message if you like. {STREAMED}",
        request=OpeningSerializer,
        body={"message": "Bonjour, il me faut un plombier."},
        answers={(201, "application/json"): OpenedSerializer, (201, "text/event-stream"): EVENT_STREAM},
        rules=[TWO_MESSAGES],
        refuses=(400, 402, 409, 413, 415, 422, 429, 503),
        parameters=[*IDEMPOTENCY],
        tag=TAG,
    ),
)

conversation = documented(
    get=operation(
        "conversations_read",
        "A conversation with its turns",
        answers={200: ConversationWithTurnsSerializer},
        refuses=(404,),
        tag=TAG,
    ),
    delete=operation(
        "conversations_delete", "Delete a conversation for good", answers={204: None}, refuses=(404,), tag=TAG
    ),
)

messages = documented(
    post=operation(
        "conversations_say",
        f"Say something and get the answer. {STREAMED}",
        request=MessageSerializer,
        body={"message": "Ce soir, si possible."},
        answers={(200, "application/json"): ReplySerializer, (200, "text/event-stream"): EVENT_STREAM},
        rules=[TWO_MESSAGES, NO_MESSAGE],
        refuses=(400, 402, 404, 409, 413, 415, 422, 429, 503),
        parameters=[*IDEMPOTENCY],
        tag=TAG,
    )
)
