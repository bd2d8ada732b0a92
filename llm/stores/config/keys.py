"""Creates, digests and revokes consumer keys. Lookup: `llm.stores.config.snapshot`."""

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from llm.models import ConsumerKey

PREFIX = "djb_"
"""The beginning of every key, by which scanners for leaked secrets recognise it."""

SHOWN = 12
"""Characters of a key that lists show. They distinguish keys and reveal 48 of the 256 bits."""


def digest(key: str) -> str:
    """The SHA-256 of a key, in hex. Only this form is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def create(user: User, name: str = "", expires_at: datetime | None = None) -> tuple[ConsumerKey, str]:
    """Creates a key for `user`; returns its row and its text. The text is stored nowhere."""
    key = PREFIX + secrets.token_urlsafe(32)
    row = ConsumerKey.objects.create(
        user=user, name=name, prefix=key[:SHOWN], digest=digest(key), expires_at=expires_at
    )
    return row, key


@transaction.atomic
def revoke(key: ConsumerKey) -> ConsumerKey:
    """Revokes a key, at once and permanently. An already revoked key keeps its date."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key
