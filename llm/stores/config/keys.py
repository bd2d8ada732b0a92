"""Making, digesting and revoking consumer keys. Looking one up is the snapshot's: `llm.stores.config.snapshot`."""

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from llm.models import ConsumerKey

MARK = "djb_"
"""How every key begins, so that scanners for leaked secrets can know one."""

SHOWN = 12
"""Characters of a key that lists may show: enough to tell keys apart, 48 of its 256 bits."""


def digest(key: str) -> str:
    """The SHA-256 of a key, in hex: the only form that is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def create(user: User, name: str = "", expires_at: datetime | None = None) -> tuple[ConsumerKey, str]:
    """A new key for `user`: its row and its text, which exists nowhere else from then on."""
    key = MARK + secrets.token_urlsafe(32)
    row = ConsumerKey.objects.create(
        user=user, name=name, prefix=key[:SHOWN], digest=digest(key), expires_at=expires_at
    )
    return row, key


def revoke(key: ConsumerKey) -> ConsumerKey:
    """Ends a key at once and for good; a key that is revoked already keeps its date."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key
