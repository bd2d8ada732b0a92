"""Tests providers with a real call, and closes their circuits."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.health.serializers import TestResultsSerializer
from llm.api.providers.throttles import throttle_tests
from llm.core.chat.response import Usage
from llm.services.access.rights import OPERATE
from llm.services.probes import run as probes
from llm.services.probes.run import TestResult
from web.endpoint import RequestContext, endpoint
from web.openapi import documented, errors, example, operation
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import StrictSerializer, validated

MAX_PROMPT = 2_000


class TestSerializer(StrictSerializer):
    """The body of a test."""

    __test__ = False  # no test case
    provider = serializers.CharField(required=False, allow_null=True, max_length=64, help_text="Absent: all.")
    prompt = serializers.CharField(required=False, allow_null=True, max_length=MAX_PROMPT)


class ResetSerializer(StrictSerializer):
    """The body of a reset."""

    provider = serializers.CharField(required=False, allow_null=True, max_length=64, help_text="Absent: all.")


@documented(
    post=operation(
        "llm_test",
        "A real small call to one provider or to each",
        request=TestSerializer,
        body={"provider": "claude", "prompt": "Bonjour !"},
        answers={200: TestResultsSerializer},
        refuses=(400, 403, 404, 413, 415, 429),
    )
)
@endpoint("POST", staff_need=OPERATE, body=TestSerializer)
async def test(context: RequestContext) -> dict[str, Any]:
    """Ignores the circuits, but is recorded. A success helps to close a circuit."""
    await throttle_tests(context.user_id)
    name, prompt = context.data.get("provider"), context.data.get("prompt")
    results = await probes.test(name, prompt=prompt, caller=context.caller("test"))
    operator = context.may(*OPERATE)
    return {"results": [_result(result, operator=operator) for result in results]}


def _result(result: TestResult, *, operator: bool) -> dict[str, Any]:
    failure = result.failure
    return {
        "provider": result.provider,
        "ok": result.ok,
        "latency_ms": result.latency_ms,
        "model": result.model,
        "text": result.text,
        "usage": result.usage and _usage(result.usage),
        "error": failure
        and {
            "class": str(failure.error_class),
            "http_status": failure.http_status,
            "message": failure.message if operator else None,
        },
    }


def _usage(usage: Usage) -> dict[str, int]:
    return {"input_tokens": usage.input, "output_tokens": usage.output, "total_tokens": usage.total}


class ResetView(StrictView):
    """Closes circuits at once. Each reset is recorded as an event with the user's name."""

    permission_classes = [needs(*OPERATE)]

    @extend_schema(
        operation_id="llm_reset_failures",
        summary="Close the circuit of one provider or of all",
        tags=["llm"],
        request=ResetSerializer,
        examples=example({"provider": "claude"}),
        responses={
            200: inline_serializer("Reset", {"reset": serializers.ListField(child=serializers.CharField())}),
            **errors(400, 401, 403, 404, 413, 415),
        },
    )
    def post(self, request: Request) -> Response:
        name = validated(ResetSerializer, request.data).get("provider")
        names = probes.reset(None if name is None else [name], by=request.user.get_username())
        return Response({"reset": list(names)})
