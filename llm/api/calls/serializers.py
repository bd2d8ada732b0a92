"""The call log as JSON, and its query parameters."""

from typing import Any

from rest_framework import serializers

from llm.core.calls import CallStatus
from llm.models import Attempt, Call, CircuitEvent
from web.pagination import PageQuerySerializer

COST = "US dollars as a decimal string; null when unknown."


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One attempt at one provider. Tokens by kind are parts of the input or output tokens."""

    units = serializers.DictField(child=serializers.IntegerField(), help_text="Uses of the vendor's tools by name.")
    reported = serializers.DictField(allow_null=True, help_text="The vendor's own usage object.")
    cost_parts = serializers.DictField(
        child=serializers.CharField(), allow_null=True, help_text="The exact parts of the cost as decimal strings."
    )

    class Meta:
        model = Attempt
        fields = [
            "seq", "provider", "kind", "model", "outcome", "reason", "why", "started_at", "duration_ms",
            "first_token_ms", "error_class", "http_status", "vendor_code", "vendor_request_id", "message",
            "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "estimated", "malformed", "cost_usd",
            "answered_model", "cache_written_tokens", "cache_written_1h_tokens", "input_audio_tokens",
            "output_audio_tokens", "input_image_tokens", "output_image_tokens", "units", "tier", "region", "reported",
            "cost_parts", "saved_usd", "price_version", "unpriced",
        ]  # fmt: skip
        extra_kwargs = {
            "model": {"help_text": "The model that was asked."},
            "cost_usd": {"help_text": COST},
            "saved_usd": {"help_text": "What reads of the vendor's cache would have cost more; null for nothing."},
            "unpriced": {"help_text": "Whether something used has no known price: `cost_usd` lacks it, or is null."},
        }


class CallSerializer(serializers.ModelSerializer[Call]):
    """One call, without its attempts. Prompts and answers are left out, even where they are kept."""

    tags = serializers.ListField(child=serializers.CharField(), help_text="As the caller sent them.")

    class Meta:
        model = Call
        fields = [
            "id", "request_id", "started_at", "route", "origin", "consumer", "key_id", "team", "tags", "stream",
            "status", "provider", "model", "error_class", "error_message", "attempts_made", "elapsed_ms",
            "first_token_ms", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd",
            "resumed", "fallback", "failover_from", "failover_why", "cache_written_tokens", "unpriced_attempts",
        ]  # fmt: skip
        extra_kwargs = {
            "cost_usd": {"help_text": COST},
            "failover_from": {"help_text": "The route's first provider, when another one answered."},
            "failover_why": {"help_text": "Why that one did not: an error class, or the reason of its skip."},
            "unpriced_attempts": {"help_text": "Attempts that used something without a known price."},
        }


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
