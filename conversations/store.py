"""Conversations and turns in the database: short transactions, none of them open while a vendor is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from conversations.history import HistoryTurn
from conversations.language import language_of
from conversations.models import Conversation, Turn
from conversations.titles import title_of
from llm.core.chat.language import Language
from llm.core.chat.request import Role
from web.database import in_database

MAX_EARLIER = 200
"""Turns that are read for the history; more never fit its budget unless they are a few words each."""


class ConversationMissing(Exception):
    """There is no such conversation for this user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """A customer's message that is stored and waits for its answer; `earlier` is what was said before it."""

    conversation_id: UUID
    turn_id: int
    title: str
    text: str
    language: Language
    earlier: tuple[HistoryTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantMessage:
    """An answer to be stored. `complete` is false for one that was cut off."""

    text: str
    provider: str
    model: str
    degraded: bool
    complete: bool
    request_id: str


@in_database
def create(user_id: int) -> Conversation:
    """A conversation in which nothing has been said yet."""
    return Conversation.objects.create(user_id=user_id)


@in_database
def find(user_id: int, conversation_id: UUID) -> Conversation:
    """The conversation with its turns already read; raises ConversationMissing."""
    own = Conversation.objects.filter(user_id=user_id, pk=conversation_id).prefetch_related("turns").first()
    if own is None:
        raise ConversationMissing
    return own


def all_of(user_id: int) -> QuerySet[Conversation]:
    """The user's conversations. A query, not read yet."""
    return Conversation.objects.filter(user_id=user_id)


@in_database
def remove(user_id: int, conversation_id: UUID) -> None:
    """Deletes the conversation and its turns; raises ConversationMissing."""
    deleted, _ = Conversation.objects.filter(user_id=user_id, pk=conversation_id).delete()
    if not deleted:
        raise ConversationMissing


@in_database
def add_user_message(user_id: int, conversation_id: UUID, text: str, request_id: str) -> UserMessage:
    """Stores a customer's message; raises ConversationMissing."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().filter(user_id=user_id, pk=conversation_id).first()
        if conversation is None:
            raise ConversationMissing
        seq = _next_seq(conversation_id)
        before = cast(Language, conversation.language) if seq > 1 else None
        conversation.language = language = language_of(text, before)
        conversation.title = conversation.title or title_of(text)
        conversation.save(update_fields=["language", "title", "updated_at"])
        turn = Turn.objects.create(
            conversation=conversation, seq=seq, role=Turn.Role.USER, content=text, request_id=request_id
        )
    earlier = tuple(_earlier(conversation_id, seq))
    return UserMessage(
        conversation_id=conversation_id,
        turn_id=turn.pk,
        title=conversation.title,
        text=text,
        language=language,
        earlier=earlier,
    )


@in_database
def add_assistant_message(conversation_id: UUID, spoken: AssistantMessage) -> None:
    """Stores an answer; nothing when the conversation has been deleted meanwhile."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
        if conversation is None:
            return
        Turn.objects.create(
            conversation=conversation,
            seq=_next_seq(conversation_id),
            role=Turn.Role.ASSISTANT,
            content=spoken.text,
            provider=spoken.provider,
            model=spoken.model,
            degraded=spoken.degraded,
            complete=spoken.complete,
            request_id=spoken.request_id,
        )
        Conversation.objects.filter(pk=conversation_id).update(updated_at=timezone.now())


@in_database
def exclude_from_history(turn_id: int) -> None:
    """Keeps a rejected message out of later histories, where it would get each of them rejected too."""
    Turn.objects.filter(pk=turn_id).update(complete=False)


def _next_seq(conversation_id: UUID) -> int:
    """The next free number; only for whoever holds the lock on the conversation."""
    last = Turn.objects.filter(conversation_id=conversation_id).order_by("-seq").values_list("seq", flat=True).first()
    return (last or 0) + 1


def _earlier(conversation_id: UUID, before: int) -> Iterator[HistoryTurn]:
    """What may be sent of the turns before number `before`: no static text, nothing cut off or rejected."""
    fit = Turn.objects.filter(conversation_id=conversation_id, seq__lt=before, complete=True, degraded=False)
    rows = list(fit.order_by("-seq").values_list("seq", "role", "content")[:MAX_EARLIER])[::-1]
    if len(rows) == MAX_EARLIER:
        opening = fit.filter(role=Turn.Role.USER).order_by("seq").values_list("seq", "role", "content").first()
        if opening is not None and opening[0] < rows[0][0]:
            rows.insert(0, opening)
    for _, role, content in rows:
        yield HistoryTurn(role=Role(role), text=content)
