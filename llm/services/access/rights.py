"""Decides who may do what, by Django's permissions. API, admin and commands ask `may`."""

from enum import StrEnum
from typing import NamedTuple

from django.contrib.auth import get_permission_codename
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db.models import Model

from llm.models import Call, Provider
from llm.services.access.consumers import Consumer


class Right(StrEnum):
    """What an account may do with the rows of a model."""

    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    OPERATE = "operate"
    VIEW_CONTENT = "view_content"
    TRY = "try"


class Need(NamedTuple):
    """A right to a model, as an endpoint, a screen or a command requires it."""

    right: Right
    model: type[Model]


OPERATE = Need(Right.OPERATE, Provider)
"""To test, reset, control and probe providers."""
TRY = Need(Right.TRY, Provider)
"""To ask providers in the playground."""
VIEW_CONTENT = Need(Right.VIEW_CONTENT, Call)
"""To read kept prompts, answers and conversations."""


Account = AbstractBaseUser | AnonymousUser | Consumer


def may(account: Account, right: Right, model: type[Model]) -> bool:
    """Whether the account is active staff with the permission for it. Superusers have all.

    Who may change rows may view them, as in Django's admin. A `Consumer` carries its permissions, so it is judged
    without a query. A user's are read from the database once per user object.
    """
    if not getattr(account, "is_staff", False):
        return False
    names = [permission(right, model), *([permission(Right.CHANGE, model)] if right is Right.VIEW else [])]
    if isinstance(account, Consumer):
        return not account.permissions.isdisjoint(names)
    # `has_perm` is False for inactive users.
    return isinstance(account, PermissionsMixin) and any(account.has_perm(name) for name in names)


def may_issue_key(maker: Account, owner: AbstractBaseUser) -> bool:
    """Whether `maker` may create a key that acts for `owner`.

    A key has its owner's rights. Superusers alone make keys for other staff.
    """
    if getattr(maker, "is_superuser", False) or maker == owner:
        return True
    return not (getattr(owner, "is_staff", False) or getattr(owner, "is_superuser", False))


def permission(right: Right, model: type[Model]) -> str:
    """Django's name of the permission, with its app: "llm.change_provider"."""
    opts = model._meta
    codename = right if right is Right.VIEW_CONTENT else get_permission_codename(right, opts)
    return f"{opts.app_label}.{codename}"
