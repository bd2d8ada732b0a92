"""OpenAI's API in the schema. Objects are open: OpenAI's reference describes every field."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from llm.api.chat.schema import AdditionsSerializer, parameters
from llm.api.openai.messages import ROLES
from web.openapi import EVENTS, documented, operation


class OpenAIErrorDetailSerializer(serializers.Serializer):
    """For the schema: the inside of OpenAI's error."""

    message = serializers.CharField()
    type = serializers.CharField()
    param = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)


class OpenAIErrorSerializer(serializers.Serializer):
    """For the schema: OpenAI's error object."""

    error = OpenAIErrorDetailSerializer()


class ChatMessageSerializer(serializers.Serializer):
    """For the schema: one message."""

    role = serializers.ChoiceField(choices=list(ROLES))
    content = serializers.JSONField(
        required=False,
        help_text="Text, or a list of text, image_url and file parts. A file is a PDF or text, as a data: URL.",
    )
    refusal = serializers.CharField(required=False, help_text="In place of content, when the model declined.")
    tool_calls = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="Send `extra_content` back as it came: it holds Gemini's `google.thought_signature`.",
    )
    tool_call_id = serializers.CharField(required=False)
    thinking_blocks = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="Claude's signed thinking. Send it back as it came; other vendors are not shown it.",
    )
    extra_content = serializers.DictField(required=False, help_text="Gemini's signature of the text, likewise.")
    reasoning_content = serializers.CharField(
        required=False, help_text="The reasoning of vendors that want it back with tool calls, likewise."
    )


class ChatCompletionSerializer(AdditionsSerializer):
    """For the schema: the served fields of OpenAI's request, and our three additions."""

    model = serializers.CharField(help_text="A route, a provider's name, or a vendor's model id.")
    messages = ChatMessageSerializer(many=True)
    stream = serializers.BooleanField(required=False, default=False)
    stream_options = serializers.DictField(required=False, help_text='`{"include_usage": true}`')
    max_completion_tokens = serializers.IntegerField(required=False, min_value=1)
    max_tokens = serializers.IntegerField(required=False, min_value=1)
    temperature = serializers.FloatField(required=False, min_value=0, max_value=2)
    top_p = serializers.FloatField(required=False, min_value=0, max_value=1)
    stop = serializers.JSONField(required=False, help_text="A string, or a list of at most four.")
    seed = serializers.IntegerField(required=False)
    frequency_penalty = serializers.FloatField(required=False, min_value=-2, max_value=2)
    presence_penalty = serializers.FloatField(required=False, min_value=-2, max_value=2)
    tools = serializers.ListField(child=serializers.DictField(), required=False)
    tool_choice = serializers.JSONField(required=False)
    parallel_tool_calls = serializers.BooleanField(required=False)
    response_format = serializers.DictField(
        required=False,
        help_text="Answers are checked: one that does not fit counts as failed, and the next provider is asked. "
        "A schema's regular expressions are not applied, and it may refer only to itself.",
    )
    reasoning_effort = serializers.CharField(required=False)
    user = serializers.CharField(required=False)
    metadata = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Accepted for OpenAI's clients, and not kept."
    )


_model = inline_serializer(
    "Model",
    {
        "id": serializers.CharField(),
        "object": serializers.CharField(),
        "created": serializers.IntegerField(),
        "owned_by": serializers.CharField(),
    },
)
_model_list = inline_serializer(
    "ModelList", {"object": serializers.CharField(), "data": serializers.ListField(child=_model)}
)

chat = documented(
    post=operation(
        "chat_completions",
        "Chat completion, whole or streamed",
        request=ChatCompletionSerializer,
        body={"model": "default", "messages": [{"role": "user", "content": "Bonjour !"}]},
        answers={
            (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, description="A chat.completion object."),
            (200, "text/event-stream"): OpenApiResponse(EVENTS, description="chat.completion.chunk events."),
        },
        refuses=(400, 402, 403, 404, 409, 413, 415, 422, 429, 503),
        shape=OpenAIErrorSerializer,
        parameters=parameters(dropped_in="the chunk with the finish reason"),
        reference="https://platform.openai.com/docs/api-reference/chat/create",
        tag="openai",
    )
)
models = documented(
    get=operation(
        "models_list",
        "What may be asked for as model",
        answers={200: _model_list},
        shape=OpenAIErrorSerializer,
        tag="openai",
    )
)
one_model = documented(
    get=operation(
        "models_retrieve", "One model", answers={200: _model}, refuses=(404,), shape=OpenAIErrorSerializer, tag="openai"
    )
)
