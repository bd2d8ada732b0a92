"""The call log and the analytics as JSON, and their query parameters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from llm.core.calls import CallStatus
from llm.models import Attempt, Call, CircuitEvent
from llm.services.analytics import GROUPINGS
from web.pagination import PageQuerySerializer
from web.serializers import StrictSerializer

DEFAULT_PERIOD = timedelta(hours=24)
LONGEST_BY_HOUR = timedelta(days=62)
"""1,488 groups, a size that charts and readers of JSON still handle."""
NOT_BEFORE = "Must be before to."
TOO_EARLY = "This date is too early."
TOO_LONG = f"By hour at most {LONGEST_BY_HOUR.days} days are given."


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One attempt at one provider."""

    class Meta:
        model = Attempt
        fields = [
            "seq", "provider", "kind", "model", "outcome", "reason", "why", "started_at", "duration_ms",
            "first_token_ms", "error_class", "http_status", "vendor_code", "vendor_request_id", "message",
            "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "estimated", "malformed", "cost_usd",
        ]  # fmt: skip


class CallSerializer(serializers.ModelSerializer[Call]):
    """One call, without its attempts. Prompts and answers are left out, even where they are kept."""

    tags = serializers.ListField(child=serializers.CharField(), help_text="As the caller sent them.")

    class Meta:
        model = Call
        fields = [
            "id", "request_id", "started_at", "route", "origin", "consumer", "key_id", "tags", "stream", "status",
            "provider", "model", "error_class", "error_message", "attempts_made", "elapsed_ms", "first_token_ms",
            "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd", "resumed", "fallback",
        ]  # fmt: skip


class SkipSerializer(serializers.Serializer[Any]):
    """A skipped provider, and why."""

    provider = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class CallDetailSerializer(CallSerializer):
    """One call with its attempts, skips and dropped parameters."""

    attempts = AttemptSerializer(many=True)
    skips = SkipSerializer(many=True)
    dropped = serializers.ListField(
        child=serializers.CharField(), help_text="Parameters that the provider did not get."
    )

    class Meta(CallSerializer.Meta):
        fields = [*CallSerializer.Meta.fields, "attempts", "skips", "dropped"]


class CircuitEventSerializer(serializers.ModelSerializer[CircuitEvent]):
    """One transition of a circuit."""

    class Meta:
        model = CircuitEvent
        fields = ["id", "at", "before", "after", "reason", "detail", "until", "generation", "by"]


class CallsQuerySerializer(PageQuerySerializer):
    """Query parameters of the call list. Each one is a filter."""

    request_id = serializers.CharField(required=False, max_length=128)
    status = serializers.ChoiceField(choices=[str(status) for status in CallStatus], required=False)
    provider = serializers.CharField(
        required=False, max_length=64, help_text="The provider that answered, or `static`."
    )


class AnalyticsQuerySerializer(StrictSerializer):
    """Query parameters of the analytics. Times are ISO 8601, in UTC unless they say otherwise."""

    group_by = serializers.ChoiceField(choices=list(GROUPINGS), required=False)
    include = serializers.ChoiceField(choices=["test"], required=False, help_text="`test`: count tests and probes too.")

    def get_fields(self) -> dict[str, serializers.Field]:
        # "from" is a reserved word, so it cannot be an attribute of the class.
        period: dict[str, serializers.Field] = {
            "from": serializers.DateTimeField(
                required=False, default_timezone=UTC, help_text="Default: 24 h before to."
            ),
            "to": serializers.DateTimeField(required=False, default_timezone=UTC, help_text="Default: now."),
        }
        return {**period, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        end: datetime = attrs.setdefault("to", timezone.now())
        try:
            start: datetime = attrs.setdefault("from", end - DEFAULT_PERIOD)
        except OverflowError:
            raise serializers.ValidationError({"to": [TOO_EARLY]}) from None
        if start >= end:
            raise serializers.ValidationError({"from": [NOT_BEFORE]})
        if attrs.get("group_by") == "hour" and end - start > LONGEST_BY_HOUR:
            raise serializers.ValidationError({"from": [TOO_LONG]})
        return attrs


class PercentilesSerializer(serializers.Serializer[Any]):
    """Milliseconds; null without answered calls."""

    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)


class TokensSerializer(serializers.Serializer[Any]):
    """Tokens of all attempts; `input` includes the cached ones, `output` the reasoning ones."""

    input = serializers.IntegerField(source="input_tokens")
    output = serializers.IntegerField(source="output_tokens")
    cached = serializers.IntegerField(source="cached_tokens")
    reasoning = serializers.IntegerField(source="reasoning_tokens")


class FiguresSerializer(serializers.Serializer[Any]):
    """The numbers of `llm.services.analytics.Figures`, which defines each."""

    calls = serializers.IntegerField()
    attempts = serializers.IntegerField()
    successes = serializers.IntegerField(help_text="Calls that a vendor answered.")
    failures = serializers.DictField(child=serializers.IntegerField(), help_text="Failed attempts by error class.")
    fallbacks = serializers.IntegerField(help_text="Successes of another than the first in line.")
    static_answers = serializers.IntegerField()
    rejected = serializers.IntegerField(help_text="Calls with a faulty request.")
    cancelled = serializers.IntegerField()
    availability = serializers.FloatField(
        allow_null=True, help_text="successes / (calls - rejected - cancelled); null without such calls."
    )
    latency_ms = serializers.SerializerMethodField()
    tokens = TokensSerializer(source="*")
    cost_usd = serializers.FloatField()

    def get_latency_ms(self, figures: Any) -> PercentilesSerializer:
        percentiles: Any = {f"p{p}": figures.latency_ms.get(p) for p in (50, 95, 99)}
        return percentiles  # the annotation is for the schema


class GroupSerializer(FiguresSerializer):
    """The numbers of one group."""

    group = serializers.CharField(help_text="Name, or the beginning of the hour or day in UTC.")
    key_id = serializers.CharField(required=False, help_text="Only by key; empty for people with a session.")


class AnalyticsSerializer(serializers.Serializer[Any]):
    """For the schema: the whole answer."""

    period = serializers.DictField(child=serializers.DateTimeField(), help_text="`from` and `to`, as counted.")
    group_by = serializers.CharField(allow_null=True)
    totals = FiguresSerializer()
    groups = GroupSerializer(many=True)
