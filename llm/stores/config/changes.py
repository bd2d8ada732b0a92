"""Announces changes of configuration made through the ORM: to this process at once, to others within a second.

Other processes poll the version row. Bulk updates send no signals, so their callers must call `announce`.
"""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.signals import post_delete, post_save

from llm.models import ConfigVersion, ConsumerKey, Override, Provider, Route, RouteEntry, StaticText

_generation = 0


def connect() -> None:
    """Connects the signals of all configuration models. Called when the app is ready."""
    from django.contrib.auth import get_user_model

    for model in (Provider, Route, RouteEntry, StaticText, ConsumerKey, Override, get_user_model()):
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"llm.config.{model.__name__}.{id(signal)}")


def _changed(update_fields: frozenset[str] | None = None, **_: Any) -> None:
    if update_fields is not None and set(update_fields) == {"last_login"}:
        return
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
