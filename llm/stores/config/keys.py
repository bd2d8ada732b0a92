"""Creates, rotates and revokes consumer keys. Lookup: `llm.stores.config.snapshot`."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from llm.models import Consumer, ConsumerKey
from llm.stores.config.consumers import consumer_of

PREFIX = "djb_"
"""The beginning of every key, by which scanners for leaked secrets recognise it."""

SHOWN = 12
"""Characters of a key that lists show. They distinguish keys and reveal 48 of the 256 bits."""

GRACE = timedelta(hours=24)
"""How long the previous secret stays valid after a rotation, unless told otherwise."""
LONGEST_GRACE = timedelta(days=90)


def digest(key: str) -> str:
    """The SHA-256 of a key, in hex. Only this form is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def create(
    user: User,
    name: str = "",
    expires_at: datetime | None = None,
    *,
    consumer: Consumer | None = None,
    bounds: dict[str, Any] | None = None,
) -> tuple[ConsumerKey, str]:
    """Creates a key for `user`; returns its row and its text. The text is stored nowhere.

    Without `consumer` it belongs to the user's own, which is made when there is none. `bounds` are fields of `Bounded`.
    """
    key = new_secret()
    row = ConsumerKey.objects.create(
        user=user,
        consumer=consumer or consumer_of(user),
        name=name,
        prefix=key[:SHOWN],
        digest=digest(key),
        expires_at=expires_at,
        **(bounds or {}),
    )
    return row, key


@transaction.atomic
def rotate(key: ConsumerKey, grace: timedelta = GRACE) -> tuple[ConsumerKey, str]:
    """Gives the key a new secret; returns its row and the secret, which is stored nowhere.

    The secret so far stays valid for `grace`. The one before it, if it is still alive, ends at once.
    """
    row = ConsumerKey.objects.select_for_update().get(pk=key.pk)
    text, now = new_secret(), timezone.now()
    row.previous_digest, row.previous_prefix = row.digest, row.prefix
    row.previous_until, row.rotated_at = now + grace, now
    row.digest, row.prefix = digest(text), text[:SHOWN]
    row.save(update_fields=["previous_digest", "previous_prefix", "previous_until", "rotated_at", "digest", "prefix"])
    return row, text


@transaction.atomic
def revoke(key: ConsumerKey) -> ConsumerKey:
    """Revokes a key and both its secrets, at once and permanently. An already revoked key keeps its date."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)
