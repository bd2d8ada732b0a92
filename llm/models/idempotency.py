"""The table of answers kept for a day, for repeated requests with the same Idempotency-Key."""

from django.conf import settings
from django.db import models


class IdempotentAnswer(models.Model):
    """A consumer's key with the answer to the first request that used it.

    While that request runs, `status` is null, `holder` is its id and `expires_at` the end of its lease.
    Afterwards `expires_at` is the end of the kept answer. An expired row counts as missing. `digest` is
    `llm.idempotency.keys.Scope.digest`; `body` is compressed and encrypted.
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
