"""Tables of the call log: calls of consumers and attempts at vendors.

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
    team = models.CharField(max_length=64, blank=True)
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
    cache_written_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=16, decimal_places=9, null=True)
    unpriced_attempts = models.PositiveSmallIntegerField(default=0)
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
    """One attempt of a call at one provider.

    `model` is the one that was asked. `units` counts uses of the vendor's tools by name. `reported` is the vendor's
    own usage object, `cost_parts` the parts of `cost_usd` as decimal strings. `unpriced`: something used has no known
    price.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="attempts")
    seq = models.PositiveSmallIntegerField()
    provider = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    model = models.CharField(max_length=128)
    answered_model = models.CharField(max_length=128, blank=True)
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
    cache_written_tokens = models.PositiveIntegerField(default=0)
    cache_written_1h_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    input_audio_tokens = models.PositiveIntegerField(default=0)
    output_audio_tokens = models.PositiveIntegerField(default=0)
    input_image_tokens = models.PositiveIntegerField(default=0)
    output_image_tokens = models.PositiveIntegerField(default=0)
    units = models.JSONField(default=dict)
    tier = models.CharField(max_length=16, blank=True)
    region = models.CharField(max_length=32, blank=True)
    reported = models.JSONField(null=True)
    estimated = models.BooleanField(default=False)
    malformed = models.PositiveSmallIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=16, decimal_places=9, null=True)
    cost_parts = models.JSONField(null=True)
    price_version = models.CharField(max_length=64, blank=True)
    unpriced = models.BooleanField(default=False)

    class Meta:
        ordering = ["call", "seq"]
        constraints = [models.UniqueConstraint(fields=["call", "seq"], name="one_attempt_per_call_and_seq")]
        indexes = [models.Index(fields=["provider", "-started_at"]), models.Index(fields=["vendor_request_id"])]

    def __str__(self) -> str:
        return f"{self.provider} #{self.seq}: {self.outcome}"
