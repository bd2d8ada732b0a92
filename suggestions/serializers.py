"""The bodies of the suggestions endpoint: checks for requests, OpenAPI shapes for answers."""

from typing import Any

from rest_framework import serializers

from web.serializers import MessageField, StrictSerializer

MAX_MESSAGE = 16_000
"""Characters; about 4,500 tokens."""
NEITHER = "Send a message, or a context with something in it."


class SuggestionsRequestSerializer(StrictSerializer):
    """A message, a context, or both."""

    message = MessageField(required=False, max_length=MAX_MESSAGE, help_text="What the customer wrote.")
    context = serializers.DictField(  # type: ignore[assignment]  # DRF takes declared fields off the class
        required=False, help_text="Whatever is known of the request; 8,000 characters are read."
    )
    count = serializers.IntegerField(required=False, min_value=1, max_value=10, default=3)
    language = serializers.ChoiceField(
        required=False, choices=["fr", "en"], help_text="Default: the language of the message."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for a request with neither message nor context."""
        if not attrs.get("message") and not attrs.get("context"):
            raise serializers.ValidationError({"message": [NEITHER]})
        return attrs


class SuggestionSerializer(serializers.Serializer):
    """For the schema: one suggestion."""

    text = serializers.CharField(max_length=300)
    confidence = serializers.FloatField(required=False, min_value=0, max_value=1)


class SuggestionsSerializer(serializers.Serializer):
    """For the schema: the answer."""

    suggestions = SuggestionSerializer(many=True)
    provider = serializers.CharField(help_text='The provider that answered; "static" when none could.')
    model = serializers.CharField()
    degraded = serializers.BooleanField(help_text="Whether this is the static list.")
    request_id = serializers.CharField()
