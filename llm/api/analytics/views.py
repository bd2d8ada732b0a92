"""The analytics of all consumers, as JSON and as CSV. Needs the right to view calls."""

from dataclasses import replace

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.analytics.body import body_of
from llm.api.analytics.serializers import (
    MOST_SHOWN,
    NO_FIELDS,
    NO_GROUPING,
    NO_SUMS,
    NO_ZONE,
    NOT_BEFORE,
    NOTHING_TO_LIMIT,
    TOO_EARLY,
    TOO_LONG,
    UNEVEN_ZONE,
    AnalyticsQuerySerializer,
    AnalyticsSerializer,
)
from llm.models import Call
from llm.services.access.rights import Right
from llm.services.analytics.figures import EVERYTHING
from llm.services.analytics.question import Question
from llm.services.analytics.report import report
from llm.services.analytics.table import csv_of
from web.openapi import RULES, errors
from web.rest.permissions import needs
from web.rest.views import FastJSONRenderer, StrictView
from web.serializers import validated

REFUSALS = [NOT_BEFORE, TOO_EARLY, TOO_LONG, NO_GROUPING, NO_FIELDS, NO_ZONE, UNEVEN_ZONE, NO_SUMS, NOTHING_TO_LIMIT]


class AnalyticsView(StrictView):
    """Sums over a period; `llm.services.analytics.figures` defines each figure."""

    permission_classes = [needs(Right.VIEW, Call)]
    renderer_classes = [FastJSONRenderer]

    @extend_schema(
        operation_id="llm_analytics",
        summary="Calls, failures, availability, latency, tokens and cost of a period",
        tags=["llm"],
        parameters=[AnalyticsQuerySerializer],
        responses={200: AnalyticsSerializer, **errors(400, 401, 403)},
        extensions={RULES: REFUSALS},
    )
    def get(self, request: Request) -> Response:
        question: Question = validated(AnalyticsQuerySerializer, request.query_params)["question"]
        return Response(body_of(report(question, most_groups=MOST_SHOWN)))


class ExportView(StrictView):
    """The same groups as a table; the totals when nothing groups."""

    permission_classes = [needs(Right.VIEW, Call)]

    @extend_schema(
        operation_id="llm_analytics_export",
        summary="The analytics of a period as CSV",
        tags=["llm"],
        parameters=[AnalyticsQuerySerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR, **errors(400, 401, 403)},
        extensions={RULES: REFUSALS},
    )
    def get(self, request: Request) -> HttpResponse:
        given = validated(AnalyticsQuerySerializer, request.query_params)
        question: Question = given["question"]
        if "fields" not in given:
            question = replace(question, fields=EVERYTHING)
        text = csv_of(report(question))
        name = {"Content-Disposition": 'attachment; filename="usage.csv"'}
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=name)
