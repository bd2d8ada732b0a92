"""What both chat doors say of themselves in the schema: our additions to a request, the headers of an answer."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from web.openapi import IDEMPOTENCY

LATE = "Absent from a stream that had to begin before anybody spoke."


class AdditionsSerializer(serializers.Serializer):
    """For the schema: what a request may say beyond the vendor's own protocol."""

    fallbacks = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Provider names in place of the rest of the chain."
    )
    static = serializers.BooleanField(
        required=False, default=True, help_text="false: a 503 in place of the static answer."
    )
    language = serializers.ChoiceField(choices=["fr", "en"], required=False, help_text="Of the static answer.")


def parameters(*, dropped_in: str) -> list[OpenApiParameter]:
    """The headers of a request and its answer; `dropped_in` says where a stream has what the last one tells."""
    return [
        *IDEMPOTENCY,
        _header("X-LLM-Provider", f"Who answered; `static` when nobody could. {LATE}"),
        _header("X-LLM-Attempts", f"How many tries it took. {LATE}"),
        _header("X-LLM-Degraded", f"`true` for the static answer. {LATE}"),
        _header(
            "X-LLM-Dropped",
            "What was asked for and the answer was made without, by parameter, comma-separated; absent when "
            f"nothing was. In streams `x_llm_dropped` of {dropped_in}.",
        ),
    ]


def _header(name: str, meaning: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=meaning, response=[200])
