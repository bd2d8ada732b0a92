"""The schema that both dialects share: our additions to a request, and the headers of an answer."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from llm.core.consumers.tags import MAX_LENGTH, MAX_TAGS
from web.openapi import IDEMPOTENCY

NOT_IN_LATE_STREAMS = "Absent from a stream that had to begin before the first event."


class AdditionsSerializer(serializers.Serializer):
    """For the schema: our fields beyond the vendor's protocol."""

    fallbacks = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Provider names in place of the rest of the chain."
    )
    static = serializers.BooleanField(
        required=False, default=True, help_text="false: a 503 in place of the static answer."
    )
    language = serializers.ChoiceField(choices=["fr", "en"], required=False, help_text="Of the static answer.")


TAGS = OpenApiParameter(
    "X-LLM-Tags",
    str,
    OpenApiParameter.HEADER,
    description=f"Up to {MAX_TAGS} names, comma-separated, by which calls and costs are sorted: letters, digits and "
    f". _ : / -, up to {MAX_LENGTH} characters each. Also taken from `tags` of `metadata`.",
)


def parameters(*, dropped_in: str) -> list[OpenApiParameter]:
    """The headers of a request and its answer. `dropped_in` names the event that reports dropped parameters."""
    return [
        *IDEMPOTENCY,
        TAGS,
        _header("X-LLM-Provider", f"The provider that answered; `static` when none could. {NOT_IN_LATE_STREAMS}"),
        _header("X-LLM-Attempts", f"How many attempts it took. {NOT_IN_LATE_STREAMS}"),
        _header("X-LLM-Degraded", f"`true` for the static answer. {NOT_IN_LATE_STREAMS}"),
        _header(
            "X-LLM-Cost",
            "US dollars of all attempts, in plain decimal notation, as the call's record has them. Absent when a part "
            "of the cost is unknown, and from streams: see the record.",
        ),
        _header(
            "X-LLM-Dropped",
            "Parameters that the provider did not get, comma-separated; absent when it got all. "
            f"In streams `x_llm_dropped` of {dropped_in}.",
        ),
    ]


def _header(name: str, meaning: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=meaning, response=[200])
