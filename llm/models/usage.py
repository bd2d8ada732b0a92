"""Tables of usage: sums by the hour and by the day, and what they lack.

The sums outlive the calls. `llm.stores.usage` writes and reads them.
"""

from django.db import models


class UsageSum(models.Model):
    """The sums of one combination of dimensions in one hour or day.

    `cube` says which dimensions are told apart; the others are empty. `cost_nano` counts billionths of a US dollar:
    every database sums whole numbers exactly. `latency` and `first_token`: see `llm.core.usage.histogram`. `failures`
    has the failed attempts by error class where this is no dimension of the cube: `timeout:3 overloaded:1`.
    """

    cube = models.CharField(max_length=16)
    grain = models.CharField(max_length=4)
    start = models.DateTimeField()
    tests = models.BooleanField(default=False)
    provider = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=128, blank=True)
    route = models.CharField(max_length=64, blank=True)
    consumer = models.CharField(max_length=200, blank=True)
    key_id = models.CharField(max_length=36, blank=True)
    team = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, blank=True)
    error_class = models.CharField(max_length=32, blank=True)
    failover_from = models.CharField(max_length=64, blank=True, default="")
    failover_why = models.CharField(max_length=32, blank=True, default="")
    calls = models.BigIntegerField(default=0)
    answered = models.BigIntegerField(default=0)
    static = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)
    fallbacks = models.BigIntegerField(default=0)
    resumed = models.BigIntegerField(default=0)
    attempts = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    broken_off = models.BigIntegerField(default=0)
    interrupted = models.BigIntegerField(default=0)
    unpriced = models.BigIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cached_tokens = models.BigIntegerField(default=0)
    cache_written_tokens = models.BigIntegerField(default=0)
    cache_written_1h_tokens = models.BigIntegerField(default=0)
    reasoning_tokens = models.BigIntegerField(default=0)
    input_audio_tokens = models.BigIntegerField(default=0)
    output_audio_tokens = models.BigIntegerField(default=0)
    cost_nano = models.BigIntegerField(default=0)
    saved_nano = models.BigIntegerField(default=0)
    input_nano = models.BigIntegerField(default=0)
    cache_read_nano = models.BigIntegerField(default=0)
    cache_write_5m_nano = models.BigIntegerField(default=0)
    cache_write_1h_nano = models.BigIntegerField(default=0)
    output_nano = models.BigIntegerField(default=0)
    reasoning_nano = models.BigIntegerField(default=0)
    audio_nano = models.BigIntegerField(default=0)
    image_nano = models.BigIntegerField(default=0)
    tools_nano = models.BigIntegerField(default=0)
    latency = models.BinaryField(null=True)
    first_token = models.BinaryField(null=True)
    failures = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-start"]
        verbose_name = "usage"
        verbose_name_plural = "usage"
        indexes = [models.Index(fields=["cube", "grain", "start"], name="usage_of_a_period")]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} {self.provider or '-'}"


class StaleHour(models.Model):
    """An hour (UTC) whose rows changed since it was summed. Each process marks with a name of its own."""

    pk = models.CompositePrimaryKey("hour", "writer")
    hour = models.DateTimeField()
    writer = models.CharField(max_length=32)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h"


class StaleDay(models.Model):
    """A day whose hours changed since it was summed."""

    day = models.DateField(primary_key=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day}"


class UsageState(models.Model):
    """One row: how far the sums reach. `llm.core.usage.periods.Known` says what each moment means.

    `zone` is the time zone whose days are summed.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    first_hour = models.DateTimeField(null=True)
    rolled_until = models.DateTimeField(null=True)
    closed_until = models.DateTimeField(null=True)
    zone = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"until {self.rolled_until}"
