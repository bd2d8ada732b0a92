"""Tables of circuits and their transitions."""

from django.db import models

from llm.ids import uuid7


class Circuit(models.Model):
    """The circuit of one provider, changed only by compare-and-set on `version`.

    `value` is the whole circuit as `llm.stores.circuits.codec` writes it; the other columns repeat fields
    for filters and displays. The table is separate from Provider, so that saving a provider's form cannot
    write back an old state.
    """

    provider = models.CharField(max_length=64, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=16, default="closed")
    reason = models.CharField(max_length=32, blank=True)
    since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    value = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.provider}: {self.state}"


class CircuitEvent(models.Model):
    """One transition. `by` is an operator's name, or a program such as "gateway" or "probe"."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=64)
    at = models.DateTimeField()
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    reason = models.CharField(max_length=32, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    until = models.DateTimeField(null=True)
    generation = models.PositiveBigIntegerField(default=0)
    by = models.CharField(max_length=150, default="gateway")

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["provider", "-at"])]

    def __str__(self) -> str:
        return f"{self.provider}, {self.at:%Y-%m-%d %H:%M:%S}"
