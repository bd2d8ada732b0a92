"""The call log as JSON, and its query parameters."""

from typing import Any

from rest_framework import serializers

from llm.core.calls import CallStatus
from llm.models import Attempt, Call, CircuitEvent
from web.pagination import PageQuerySerializer


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

    class Meta:
        model = Call
        fields = [
            "id", "request_id", "started_at", "route", "origin", "consumer", "key_id", "stream", "status", "provider",
            "model", "error_class", "error_message", "attempts_made", "elapsed_ms", "first_token_ms", "input_tokens",
            "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd", "resumed", "fallback",
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
