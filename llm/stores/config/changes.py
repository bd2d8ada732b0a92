"""Notices every change of configuration made through the ORM, in this process at once and in others within a second.

The version row is what other processes poll; bulk updates that bypass signals call `announce` themselves.
"""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.signals import post_delete, post_save

from llm.models import ConfigVersion, ConsumerKey, Override, Provider, Route, RouteEntry, StaticText

_generation = 0


def connect() -> None:
    """Called once, when the app is ready."""
    from django.contrib.auth import get_user_model

    for model in (Provider, Route, RouteEntry, StaticText, ConsumerKey, Override, get_user_model()):
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"llm.config.{model.__name__}.{id(signal)}")


def _changed(update_fields: frozenset[str] | None = None, **_: Any) -> None:
    if update_fields is not None and set(update_fields) == {"last_login"}:
        return
    announce()


def announce() -> None:
    """Raises the version in the database, and marks this process's snapshot as stale after the commit."""
    rows = ConfigVersion.objects.filter(pk=1).update(number=F("number") + 1)
    if not rows:
        ConfigVersion.objects.get_or_create(pk=1, defaults={"number": 1})
    transaction.on_commit(_raise_generation)


def _raise_generation() -> None:
    global _generation
    _generation += 1


def generation() -> int:
    """How many changes this process has made itself."""
    return _generation
