"""Stores conversations and turns, in short transactions; none is open while a vendor is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from conversations.history import HistoryTurn
from conversations.models import Conversation, Turn
from llm.core.chat.language import Language
from llm.core.chat.request import Role
from llm.services.languages import detect_language
from web.database import in_database

MAX_EARLIER = 200
"""Turns read for the history. More would fit its budget only at a few words each."""
MAX_TITLE = 80
"""Characters: two lines of a list on a phone."""
MIN_WORDS_FOR_DETECTION = 4
"""A shorter message ("Bonapriso", "ok, 5000") keeps the conversation's language."""


class ConversationMissing(Exception):
    """This user has no such conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """A stored message of the customer; `earlier` holds the turns before it, oldest first."""

    conversation_id: UUID
    turn_id: int
    title: str
    text: str
    language: Language
    earlier: tuple[HistoryTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantMessage:
    """An answer to store; `complete` is false when it was cut off."""

    text: str
    provider: str
    model: str
    degraded: bool
    complete: bool
    request_id: str


@in_database
def create(user_id: int) -> Conversation:
    """Creates a conversation without turns."""
    return Conversation.objects.create(user_id=user_id)


@in_database
def find(user_id: int, conversation_id: UUID) -> Conversation:
    """The conversation with its turns prefetched. Raises ConversationMissing."""
    own = Conversation.objects.filter(user_id=user_id, pk=conversation_id).prefetch_related("turns").first()
    if own is None:
        raise ConversationMissing
    return own


def all_of(user_id: int) -> QuerySet[Conversation]:
    """The user's conversations, as a lazy query."""
    return Conversation.objects.filter(user_id=user_id)


@in_database
def remove(user_id: int, conversation_id: UUID) -> None:
    """Deletes the conversation and its turns. Raises ConversationMissing."""
    deleted, _ = Conversation.objects.filter(user_id=user_id, pk=conversation_id).delete()
    if not deleted:
        raise ConversationMissing


@in_database
def add_user_message(user_id: int, conversation_id: UUID, text: str, request_id: str) -> UserMessage:
    """Stores a customer's message. Raises ConversationMissing."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().filter(user_id=user_id, pk=conversation_id).first()
        if conversation is None:
            raise ConversationMissing
        seq = _next_seq(conversation_id)
        if seq > 1 and len(text.split()) < MIN_WORDS_FOR_DETECTION:
            language = cast(Language, conversation.language)
        else:
            conversation.language = language = detect_language(text)
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
def add_assistant_message(conversation_id: UUID, message: AssistantMessage) -> None:
    """Stores an answer. Does nothing when the conversation has been deleted meanwhile."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
        if conversation is None:
            return
        Turn.objects.create(
            conversation=conversation,
            seq=_next_seq(conversation_id),
            role=Turn.Role.ASSISTANT,
            content=message.text,
            provider=message.provider,
            model=message.model,
            degraded=message.degraded,
            complete=message.complete,
            request_id=message.request_id,
        )
        Conversation.objects.filter(pk=conversation_id).update(updated_at=timezone.now())


@in_database
def exclude_from_history(turn_id: int) -> None:
    """Marks a rejected message as incomplete. Sent again, it would get every later request rejected too."""
    Turn.objects.filter(pk=turn_id).update(complete=False)


def title_of(text: str) -> str:
    """The beginning of the message on one line, cut at a word; "" for a blank message."""
    line = " ".join(text.split())
    if len(line) <= MAX_TITLE:
        return line
    head = line[: MAX_TITLE - 1]
    cut = head.rfind(" ", MAX_TITLE // 2)
    return (head if cut < 0 else head[:cut]).rstrip(" ,;:.-") + "…"


def _next_seq(conversation_id: UUID) -> int:
    """The next free number. The caller holds the lock on the conversation."""
    last = Turn.objects.filter(conversation_id=conversation_id).order_by("-seq").values_list("seq", flat=True).first()
    return (last or 0) + 1


def _earlier(conversation_id: UUID, before: int) -> Iterator[HistoryTurn]:
    """The turns before number `before` that may be sent: complete, and no static text."""
    fit = Turn.objects.filter(conversation_id=conversation_id, seq__lt=before, complete=True, degraded=False)
    rows = list(fit.order_by("-seq").values_list("seq", "role", "content")[:MAX_EARLIER])[::-1]
    if len(rows) == MAX_EARLIER:
        opening = fit.filter(role=Turn.Role.USER).order_by("seq").values_list("seq", "role", "content").first()
        if opening is not None and opening[0] < rows[0][0]:
            rows.insert(0, opening)
    for _, role, content in rows:
        yield HistoryTurn(role=Role(role), text=content)
