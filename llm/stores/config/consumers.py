"""Makes consumers, and the users behind them."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction

from llm.models import Consumer


class NameTaken(Exception):
    """A user of this name exists. Whoever makes the consumer has to name that user."""


@transaction.atomic
def create(name: str, *, user: User | None = None, **fields: Any) -> Consumer:
    """Creates a consumer. Without `user` a user of the same name is made: no password, no staff.

    Raises NameTaken when that user exists: a consumer must not get the rights of a user nobody named.
    """
    users = get_user_model().objects
    if user is None:
        if users.filter(username=name).exists():
            raise NameTaken(name)
        user = users.create_user(name)
    return Consumer.objects.create(name=name, user=user, **fields)


def consumer_of(user: User) -> Consumer:
    """The user's own consumer, made at its first key. It bears the user's name, or a free one like it."""
    own = Consumer.objects.filter(user=user).order_by("created_at", "pk").first()
    if own is not None:
        return own
    name = user.get_username()
    if Consumer.objects.filter(name=name).exists():
        name = f"{name[:120]}-{user.pk}"
    return Consumer.objects.create(name=name, user=user)
