"""The table of consumer keys: shown once, stored as a digest, revocable."""

from django.conf import settings
from django.db import models

from llm.ids import uuid7


class ConsumerKey(models.Model):
    """A key that a consumer sends as a bearer token, with the rights of its user.

    The row has only the key's SHA-256. The key has 256 random bits, so a slow hash would add nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="llm_keys")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name or 'key'} ({self.prefix}…)"
