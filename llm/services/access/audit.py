"""Who acts, for the record of changes, and the record itself."""

from typing import Any

from auditlog.models import LogEntry
from django.db.models import Model, QuerySet

from llm.services.access.consumers import Consumer
from llm.stores.audit import SYSTEM, Actor, acting, set_actor

__all__ = ["SYSTEM", "act_as_consumer", "act_as_user_of", "acting", "changes_of", "nobody_acts"]


def act_as_consumer(consumer: Consumer | None) -> None:
    """From here on the sender of this request acts."""
    if consumer is None:
        set_actor(None)
    else:
        set_actor(lambda: Actor(name=consumer.username, user_id=consumer.user_id))


def nobody_acts() -> None:
    """The request is over: its thread may serve others."""
    set_actor(None)


def act_as_user_of(request: Any) -> None:
    """From here on the user of this session acts. Its user is looked up only when a change is recorded."""

    def actor() -> Actor:
        user = request.user
        return Actor(name=user.get_username(), user_id=user.pk) if user.is_authenticated else Actor(name=SYSTEM)

    set_actor(actor)


def changes_of(row: Model) -> QuerySet[LogEntry]:
    """The changes of one row, newest first."""
    entries: QuerySet[LogEntry] = LogEntry.objects.get_for_object(row).order_by("-timestamp", "-pk")
    return entries
