"""Anthropic's API in the schema. Objects are open: Anthropic's reference describes every field."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from llm.api.anthropic.messages import ROLES
from llm.api.chat.schema import AdditionsSerializer, parameters
from web.openapi import EVENTS, documented, operation


class AnthropicErrorDetailSerializer(serializers.Serializer):
    """For the schema: the inside of Anthropic's error."""

    type = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField(child=serializers.CharField(), help_text="`error_code`: our own code.")


class AnthropicErrorSerializer(serializers.Serializer):
    """For the schema: Anthropic's error object."""

    type = serializers.ChoiceField(choices=["error"])
    error = AnthropicErrorDetailSerializer()
    request_id = serializers.CharField()


class AnthropicMessageSerializer(serializers.Serializer):
    """For the schema: one message."""

    role = serializers.ChoiceField(choices=list(ROLES))
    content = serializers.JSONField(
        help_text="Text, or a list of text, image, document, tool_use, tool_result and thinking blocks. "
        "Others are told as text in history."
    )


class CountTokensSerializer(serializers.Serializer):
    """For the schema: the fields that count towards the input's tokens."""

    model = serializers.CharField(help_text="A route, a provider's name, or a vendor's model id.")
    messages = AnthropicMessageSerializer(many=True)
    system = serializers.JSONField(required=False, help_text="Text, or a list of text blocks.")
    tools = serializers.ListField(child=serializers.DictField(), required=False, help_text="Custom tools only.")
    tool_choice = serializers.DictField(required=False)
    thinking = serializers.DictField(required=False)
    output_config = serializers.DictField(required=False, help_text="`effort`, and `format` with a JSON schema.")


class MessagesSerializer(CountTokensSerializer, AdditionsSerializer):
    """For the schema: the served fields of Anthropic's request, and our three additions."""

    max_tokens = serializers.IntegerField(min_value=1)
    stream = serializers.BooleanField(required=False, default=False)
    stop_sequences = serializers.ListField(child=serializers.CharField(), required=False)
    temperature = serializers.FloatField(required=False, min_value=0, max_value=1)
    top_p = serializers.FloatField(required=False, min_value=0, max_value=1)
    metadata = serializers.DictField(required=False, help_text="`user_id`")


_key = OpenApiParameter(
    "x-api-key", str, OpenApiParameter.HEADER, description="The consumer key, where it is no bearer token."
)
_count = inline_serializer("MessageTokensCount", {"input_tokens": serializers.IntegerField()})

messages = documented(
    post=operation(
        "messages",
        "Message in Anthropic's shape, whole or streamed",
        request=MessagesSerializer,
        body={"model": "default", "max_tokens": 300, "messages": [{"role": "user", "content": "Bonjour !"}]},
        answers={
            (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, description="A message object."),
            (200, "text/event-stream"): OpenApiResponse(EVENTS, description="message_start … message_stop."),
        },
        refuses=(400, 402, 403, 404, 409, 413, 415, 422, 429, 503),
        shape=AnthropicErrorSerializer,
        parameters=[_key, *parameters(dropped_in="the message_delta event")],
        reference="https://platform.claude.com/docs/en/api/messages",
        tag="anthropic",
    )
)
count_tokens = documented(
    post=operation(
        "messages_count_tokens",
        "How many tokens a request has, estimated",
        request=CountTokensSerializer,
        body={"model": "default", "messages": [{"role": "user", "content": "Bonjour !"}]},
        answers={200: _count},
        refuses=(400, 403, 404, 413, 415),
        shape=AnthropicErrorSerializer,
        parameters=[_key],
        reference="https://platform.claude.com/docs/en/api/messages-count-tokens",
        tag="anthropic",
    )
)
