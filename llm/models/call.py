"""Tables of the call log: calls of consumers, attempts at vendors, and hourly sums.

Rows copy the names of providers, routes and keys, so they outlive them.
"""

from django.db import models

from llm.ids import uuid7


class Call(models.Model):
    """One request of a consumer. `status`, `origin` and the codes in `skips` are those of `llm.core.calls`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request_id = models.CharField(max_length=128, db_index=True)
    started_at = models.DateTimeField(db_index=True)
    route = models.CharField(max_length=64)
    origin = models.CharField(max_length=16)
    user_id = models.BigIntegerField(null=True)
    key_id = models.CharField(max_length=36, blank=True)
    consumer = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list)
    stream = models.BooleanField(default=False)
    status = models.CharField(max_length=16)
    provider = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=128, blank=True)
    error_class = models.CharField(max_length=32, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    skips = models.JSONField(default=list)
    dropped = models.JSONField(default=list)
    resumed = models.BooleanField(default=False)
    fallback = models.BooleanField(default=False)
    elapsed_ms = models.FloatField(default=0)
    first_token_ms = models.FloatField(null=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=16, decimal_places=9, null=True)
    prompt = models.TextField(blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        permissions = [("view_content", "Can view kept prompts and answers")]
        indexes = [
            models.Index(fields=["status", "-started_at"]),
            models.Index(fields=["provider", "-started_at"]),
            models.Index(fields=["origin", "-started_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} ({self.status})"


class Attempt(models.Model):
    """One attempt of a call at one provider."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="attempts")
    seq = models.PositiveSmallIntegerField()
    provider = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    model = models.CharField(max_length=128)
    outcome = models.CharField(max_length=16)
    reason = models.CharField(max_length=24, blank=True)
    why = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    duration_ms = models.FloatField(default=0)
    first_token_ms = models.FloatField(null=True)
    error_class = models.CharField(max_length=32, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    vendor_code = models.CharField(max_length=128, blank=True)
    vendor_request_id = models.CharField(max_length=128, blank=True)
    message = models.CharField(max_length=500, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    estimated = models.BooleanField(default=False)
    malformed = models.PositiveSmallIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=16, decimal_places=9, null=True)

    class Meta:
        ordering = ["call", "seq"]
        constraints = [models.UniqueConstraint(fields=["call", "seq"], name="one_attempt_per_call_and_seq")]
        indexes = [models.Index(fields=["provider", "-started_at"]), models.Index(fields=["vendor_request_id"])]

    def __str__(self) -> str:
        return f"{self.provider} #{self.seq}: {self.outcome}"


class HourlyUsage(models.Model):
    """The sums of an hour, kept after its calls are pruned.

    `provider` is the one that answered, "static", or empty for calls without an answer.
    """

    hour = models.DateTimeField()
    provider = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=128, blank=True)
    route = models.CharField(max_length=64)
    consumer = models.CharField(max_length=200, blank=True)
    calls = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    static = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=16, decimal_places=9, default=0)

    class Meta:
        ordering = ["-hour"]
        verbose_name_plural = "hourly usage"
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "provider", "model", "route", "consumer"], name="one_hourly_usage_per_group"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h {self.provider or '-'}"
