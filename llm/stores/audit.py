"""Records who changed which configuration, from what to what, with django-auditlog. Secrets are masked.

Rows stay when calls are pruned. Bulk updates send no signals and are not recorded: operators' changes go by `save`,
`delete` and the lists of `Audited.lists`. Only background work writes in bulk, such as the last use of a key.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.db.models.signals import m2m_changed, pre_save

SYSTEM = "system"
"""The actor of background work, such as the sync with the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A model whose changes are recorded. `masked` fields show that they changed, `left_out` ones nothing.

    `lists` are its many-to-many fields: auditlog's own record of them has another form, and is wrong for a cleared one.
    """

    model: str
    masked: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


AUDITED = (
    Audited(model="llm.Provider", masked=("api_key_encrypted",), left_out=("updated_at", "synced")),
    Audited(model="llm.Route"),
    Audited(model="llm.RouteEntry"),
    Audited(model="llm.RouteRule"),
    Audited(model="llm.StaticText"),
    Audited(model="llm.Override"),
    Audited(model="llm.Team"),
    Audited(model="llm.Consumer"),
    Audited(model="llm.ModelPrice", left_out=("updated_at", "revision")),
    Audited(model="llm.Limit", left_out=("updated_at",)),
    Audited(model="llm.Budget", left_out=("updated_at",)),
    Audited(model="llm.SpendingRule", left_out=("updated_at",)),
    Audited(model="llm.ConsumerKey", masked=("digest", "previous_digest")),
    Audited(
        model=settings.AUTH_USER_MODEL,
        masked=("password",),
        left_out=("last_login",),
        lists=("groups", "user_permissions"),
    ),
    Audited(model="auth.Group", lists=("permissions",)),
)
"""The one list of what is audited. A new table of configuration is added here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a user, or a name where there is none."""

    name: str
    user_id: int | None = None


_acting: ContextVar[Callable[[], Actor] | None] = ContextVar("llm_acting", default=None)


def set_actor(actor: Callable[[], Actor] | None) -> None:
    """Names who acts from here on in this context, which is a request's. Asked only when something is recorded."""
    _acting.set(actor)


@contextmanager
def acting(name: str, user_id: int | None = None) -> Iterator[None]:
    """Names who acts in this block."""
    token = _acting.set(lambda: Actor(name=name, user_id=user_id))
    try:
        yield
    finally:
        _acting.reset(token)


def connect() -> None:
    """Registers the models. Called when the app is ready."""
    for audited in AUDITED:
        model = apps.get_model(audited.model)
        if not auditlog.contains(model):
            auditlog.register(
                model,
                exclude_fields=list(audited.left_out),
                mask_fields=list(audited.masked),
                mask_callable="llm.stores.audit.masked",
            )
        for name in audited.lists:
            field = model._meta.get_field(name)
            m2m_changed.connect(
                partial(_record_list, field=name),
                sender=field.remote_field.through,
                weak=False,
                dispatch_uid=f"llm.audit.{audited.model}.{name}",
            )
    pre_save.connect(_name_actor, sender=LogEntry, dispatch_uid="llm.audit.actor")


def masked(value: str) -> str:
    """What stands for a secret; an empty one stays empty."""
    return "***" if value and value != "None" else value


def _record_list(instance: Model, action: str, model: type[Model], field: str, **signal: Any) -> None:
    """Records a many-to-many field whose list changes, with the whole list before and after."""
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    chosen = model._default_manager.filter(pk__in=signal["pk_set"] or ())
    if not signal["reverse"]:
        _log_list(instance, field, action, {str(row) for row in chosen.select_related()})
        return
    # The other side's manager was used: `instance` was put into the lists of these rows, or taken out of them.
    owners = model._default_manager.filter(**{field: instance}) if action == "pre_clear" else chosen
    for owner in owners:
        _log_list(owner, field, action, {str(instance)})


def _log_list(owner: Model, field: str, action: str, changed: set[str]) -> None:
    now = {str(row) for row in getattr(owner, field).select_related()}
    match action:
        case "post_add":
            before, after = now - changed, now
        case "post_remove":
            before, after = now | changed, now
        case _:
            before, after = now, now - changed if changed else set()
    if before != after:
        LogEntry.objects.log_create(
            owner,
            action=LogEntry.Action.UPDATE,
            changes={field: [", ".join(sorted(names)) or "None" for names in (before, after)]},
        )


def _name_actor(instance: LogEntry, **_: Any) -> None:
    found = _acting.get()
    actor = found() if found is not None else Actor(name=SYSTEM)
    # Who deletes their own account is named, but no longer there to refer to.
    is_own_end = instance.object_pk == str(actor.user_id) and instance.content_type.model_class() is get_user_model()
    instance.actor_id = None if is_own_end else actor.user_id
    instance.additional_data = {**(instance.additional_data or {}), "by": actor.name}
