"""Tables of the call log: calls of consumers and attempts at vendors.

Rows copy the names of providers, routes and keys, so they outlive them.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import models

from llm.ids import attempt_id, largest, smallest, uuid7

SLACK = timedelta(minutes=10)
"""More than a call's id, in releases before 0007_partitions made a moment apart, may differ from its `started_at`."""
LONGEST_CALL = timedelta(days=1)
"""More than an attempt begins after its call, whose time its id bears."""


class CallRows(models.QuerySet["Call"]):
    """Calls by time."""

    def begun(self, since: datetime | None = None, until: datetime | None = None) -> "CallRows":
        """The calls with `since` <= begun < `until`. Also bounds the id, so that PostgreSQL reads their weeks only."""
        return self.filter(**_bounds(since, until, SLACK))

    def create(self, **fields: Any) -> Any:
        """Makes a row. Its id bears the call's beginning, as the writer's do."""
        return super().create(**{"id": uuid7(fields["started_at"]), **fields})


class AttemptRows(models.QuerySet["Attempt"]):
    """Attempts by time."""

    def begun(self, since: datetime | None = None, until: datetime | None = None) -> "AttemptRows":
        """The attempts with `since` <= begun < `until`, bounded as calls are."""
        return self.filter(**_bounds(since, until, LONGEST_CALL))

    def create(self, **fields: Any) -> Any:
        """Makes a row. Its id follows from the call's and `seq`, as the writer's do."""
        call_id = fields["call"].pk if "call" in fields else fields["call_id"]
        return super().create(**{"id": attempt_id(call_id, fields["seq"]), **fields})


def _bounds(since: datetime | None, until: datetime | None, slack: timedelta) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    if since is not None:
        bounds |= {"started_at__gte": since, "id__gte": smallest(since - slack)}
    if until is not None:
        bounds |= {"started_at__lt": until, "id__lte": largest(until + SLACK)}
    return bounds


class Call(models.Model):
    """One request of a consumer. `status`, `origin`, `failover_why` and the codes in `skips`: see `llm.core.calls`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request_id = models.CharField(max_length=128)
    started_at = models.DateTimeField()
    route = models.CharField(max_length=64)
    origin = models.CharField(max_length=16)
    user_id = models.BigIntegerField(null=True)
    key_id = models.CharField(max_length=36, blank=True)
    consumer = models.CharField(max_length=200, blank=True)
    team = models.CharField(max_length=64, blank=True)
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
    failover_from = models.CharField(max_length=64, blank=True, default="")
    failover_why = models.CharField(max_length=32, blank=True, default="")
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

    objects = CallRows.as_manager()

    class Meta:
        ordering = ["-started_at"]
        permissions = [("view_content", "Can view kept prompts and answers")]
        indexes = [
            # Each answers the question of its name; docs/operations.md has the table.
            models.Index(fields=["started_at"], name="llm_call_newest"),
            models.Index(fields=["request_id"], name="llm_call_by_request", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["status", "-started_at"], name="llm_call_by_status"),
            models.Index(fields=["provider", "-started_at"], name="llm_call_by_provider"),
            models.Index(fields=["origin", "-started_at"], name="llm_call_by_origin"),
            models.Index(fields=["route", "-started_at"], name="llm_call_by_route"),
            # Of the few calls with an error: the others cost the writer nothing.
            models.Index(
                fields=["error_class", "-started_at"], name="llm_call_by_error", condition=~models.Q(error_class="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} ({self.status})"


class Attempt(models.Model):
    """One attempt of a call at one provider. Its id is `llm.ids.attempt_id` of call and `seq`.

    No constraint of the database ties it to its call: their partitions are dropped apart.
    `model` is the one that was asked. `units` counts uses of the vendor's tools by name. `reported` is the vendor's
    own usage object, `cost_parts` the parts of `cost_usd` as decimal strings. `saved_usd`: what the vendor's cache
    saved, null for nothing. `unpriced`: something used has no known price.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="attempts", db_constraint=False, db_index=False
    )
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
    saved_usd = models.DecimalField(max_digits=16, decimal_places=9, null=True)
    price_version = models.CharField(max_length=64, blank=True)
    unpriced = models.BooleanField(default=False)

    objects = AttemptRows.as_manager()

    class Meta:
        ordering = ["call", "seq"]
        indexes = [
            models.Index(fields=["call"], name="llm_attempt_of_call"),
            models.Index(fields=["provider", "-started_at"], name="llm_attempt_by_provider"),
            models.Index(fields=["vendor_request_id"], name="llm_attempt_by_vendor_id"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} #{self.seq}: {self.outcome}"
