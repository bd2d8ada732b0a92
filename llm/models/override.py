"""The table of operators' overrides, current and past."""

from django.db import models

from llm.ids import uuid7


class Override(models.Model):
    """An operator's override of a provider. The newest one that is neither released nor expired is in force.

    `mode` is one of `llm.core.circuit.override.Mode`; `until` null means until its release. Rows refer to
    the provider by name and are kept as a record.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=64)
    mode = models.CharField(max_length=16)
    reason = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["released_at", "provider"])]

    def __str__(self) -> str:
        return f"{self.provider}: {self.mode} by {self.by}"
