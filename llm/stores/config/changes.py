"""Announces changes of configuration made through the ORM: to this process at once, to others within a second.

Other processes poll the version row. Bulk updates send no signals, so their callers must call `announce`.
"""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save

from llm.models import (
    Budget,
    ConfigVersion,
    Consumer,
    ConsumerKey,
    Limit,
    ModelPrice,
    Override,
    Provider,
    Route,
    RouteEntry,
    RouteRule,
    StaticText,
    Team,
)

_generation = 0


def connect() -> None:
    """Connects the signals of all configuration models, and of users' rights. Called when the app is ready."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    user = get_user_model()
    for through in (user.groups.through, user.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(_rights_changed, sender=through, dispatch_uid=f"llm.rights.{through.__name__}")
    configured = (
        Provider,
        Route,
        RouteEntry,
        RouteRule,
        StaticText,
        ConsumerKey,
        Consumer,
        Team,
        Override,
        Limit,
        Budget,
        ModelPrice,
        user,
        Group,
    )
    for model in configured:
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"llm.config.{model.__name__}.{id(signal)}")


def _changed(update_fields: frozenset[str] | None = None, **_: Any) -> None:
    if update_fields is not None and set(update_fields) == {"last_login"}:
        return
    announce()


def _rights_changed(action: str, **_: Any) -> None:
    if action.startswith("post_"):
        announce()


def announce() -> None:
    """Increments the version in the database. After the commit, marks this process's snapshot as stale."""
    rows = ConfigVersion.objects.filter(pk=1).update(number=F("number") + 1)
    if not rows:
        ConfigVersion.objects.get_or_create(pk=1, defaults={"number": 1})
    transaction.on_commit(_raise_generation)


def _raise_generation() -> None:
    global _generation
    _generation += 1


def generation() -> int:
    """The number of changes that this process has made."""
    return _generation
