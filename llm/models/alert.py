"""Tables of alerts: the ledger of notices, the alerts, and their deliveries."""

from django.db import models

from llm.ids import uuid7


class AlertLedger(models.Model):
    """The ledger of notices in one row, changed only by compare-and-set on `version`.

    `value` is `llm.alerts.decide.Ledger` as `llm.alerts.ledger` writes it.
    """

    version = models.PositiveBigIntegerField(default=0)
    value = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"version {self.version}"


class Alert(models.Model):
    """One notice with its final wording. `event` is one of `llm.alerts.events.Event`; `provider` may be empty.

    `topic` and `subject` say whom it is about, whatever that is. A `muted` one was stored and not sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=32)
    provider = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    times = models.PositiveIntegerField(default=1)
    reminder = models.BooleanField(default=False)
    topic = models.CharField(max_length=32, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    muted = models.BooleanField(default=False)
    title = models.CharField(max_length=200)
    summary = models.TextField()
    action = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class AlertMute(models.Model):
    """An operator's wish to hear nothing of one subject until then. Its alerts are stored all the same."""

    topic = models.CharField(max_length=32)
    subject = models.CharField(max_length=200, blank=True)
    until = models.DateTimeField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "subject"], name="one_mute_per_subject")]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"


class AlertDelivery(models.Model):
    """The delivery of an alert through one channel. The pending row with the lowest id is the channel's next.

    `holder` and `held_until` are the lease of the worker that sends it. `lost` counts the holders that
    died during the lease.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        SENT = "sent", "sent"
        GIVEN_UP = "given_up", "given up"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=16)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    lost = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    holder = models.CharField(max_length=36, blank=True)
    held_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "alert deliveries"
        indexes = [models.Index(fields=["status", "channel", "id"])]

    def __str__(self) -> str:
        return f"{self.channel}: {self.status}"
