"""Answers that are kept for a day, for requests that are sent again with the same Idempotency-Key."""

from django.conf import settings
from django.db import models


class IdempotentAnswer(models.Model):
    """A key of a consumer's, with the answer to the request that first brought it.

    While that request is under way `status` is null, `holder` names who works on it and `expires_at` is the
    end of its lease; later `expires_at` is when the answer is forgotten. What is past it counts as not
    there. `digest` is `llm.idempotency.keys.Scope.digest`; `body` is compressed and encrypted.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    holder = models.CharField(max_length=36, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.digest[:12]}… until {self.expires_at:%Y-%m-%d %H:%M}"
