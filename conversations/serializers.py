"""The bodies of the conversation endpoints: checks for requests, OpenAPI shapes for answers."""

from typing import Any

from rest_framework import serializers

from conversations.models import Conversation, Turn
from web.serializers import MessageField

MAX_MESSAGE = 16_000
"""Characters; about 4,500 tokens, which leaves room for the history."""
NO_MESSAGE = "Send what the customer says as `message` (or `content`)."
TWO_MESSAGES = "`message` and `content` are two names of one field, but they differ."


class OpeningSerializer(serializers.Serializer):
    """A new conversation. Accepts `message` or `content`, and ignores unknown fields."""

    message = MessageField(required=False, max_length=MAX_MESSAGE)
    content = MessageField(required=False, max_length=MAX_MESSAGE, help_text="Another name for `message`.")
    stream = serializers.BooleanField(required=False, default=False, help_text="Answer with server-sent events.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Returns the text of either field as `message`; None without one."""
        texts = {name: attrs[name] for name in ("message", "content") if name in attrs}
        if len(set(texts.values())) > 1:
            raise serializers.ValidationError({name: [TWO_MESSAGES] for name in texts})
        return {"message": next(iter(texts.values()), None), "stream": attrs["stream"]}


class MessageSerializer(OpeningSerializer):
    """A message in a conversation; it is required."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The same; raises ValidationError when there is no text."""
        value = super().validate(attrs)
        if value["message"] is None:
            raise serializers.ValidationError({"message": [NO_MESSAGE]})
        return value


class TurnSerializer(serializers.ModelSerializer):
    """One turn."""

    class Meta:
        model = Turn
        fields = ["seq", "role", "content", "provider", "model", "degraded", "complete", "request_id", "at"]
        read_only_fields = fields


class ConversationSerializer(serializers.ModelSerializer):
    """A conversation without its turns."""

    class Meta:
        model = Conversation
        fields = ["id", "title", "language", "created_at", "updated_at"]
        read_only_fields = fields


class ConversationWithTurnsSerializer(ConversationSerializer):
    """A conversation with its turns, oldest first."""

    turns = TurnSerializer(many=True, read_only=True)

    class Meta(ConversationSerializer.Meta):
        fields = [*ConversationSerializer.Meta.fields, "turns"]
        read_only_fields = fields


class ConversationPageSerializer(serializers.Serializer):
    """For the schema: a page of conversations, newest first."""

    conversations = ConversationSerializer(many=True)
    next = serializers.URLField(allow_null=True, help_text="The address of the next page.")


class ReplyMessageSerializer(serializers.Serializer):
    """For the schema: the assistant's message."""

    role = serializers.CharField()
    content = serializers.CharField()


class ReplySerializer(serializers.Serializer):
    """For the schema: an answer and the provider that gave it."""

    message = ReplyMessageSerializer()
    provider = serializers.CharField(help_text='The provider that answered; "static" when none could.')
    model = serializers.CharField()
    degraded = serializers.BooleanField(help_text="Whether this is the static text.")
    request_id = serializers.CharField()


class OpenedSerializer(ConversationSerializer):
    """For the schema: a new conversation, and with a first message also the answer to it."""

    message = ReplyMessageSerializer(required=False)
    provider = serializers.CharField(required=False)
    model = serializers.CharField(required=False)
    degraded = serializers.BooleanField(required=False)
    request_id = serializers.CharField(required=False)

    class Meta(ConversationSerializer.Meta):
        fields = [
            *ConversationSerializer.Meta.fields,
            "message",
            "provider",
            "model",
            "degraded",
            "request_id",
        ]
        read_only_fields = ConversationSerializer.Meta.fields
