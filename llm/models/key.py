"""The table of consumer keys: shown once, stored as a digest, revocable, replaceable."""

from django.conf import settings
from django.db import models

from llm.ids import uuid7
from llm.models.consumer import Consumer
from llm.models.rights import Bounded


class ConsumerKey(Bounded):
    """A key that a consumer sends as a bearer token, with the rights of its user.

    The row has only the key's SHA-256. The key has 256 random bits, so a slow hash would add nothing.
    After a rotation the previous secret is valid until `previous_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="llm_keys")
    consumer = models.ForeignKey(Consumer, on_delete=models.RESTRICT, related_name="keys")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    not_after = None
    """`expires_at` is a key's end."""
    previous_prefix = models.CharField(max_length=16, blank=True, editable=False)
    previous_digest = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    rotated_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_from = models.CharField(max_length=45, blank=True, editable=False)
    last_used_secret = models.CharField(max_length=16, blank=True, editable=False)
    """`current` or `previous`."""

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name or 'key'} ({self.prefix}…)"
