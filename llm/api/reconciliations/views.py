"""The endpoint of reconciliations."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.reconciliations.serializers import ReconciliationPageSerializer, ReconciliationSerializer
from llm.models import Reconciliation
from llm.services.access.rights import Right
from web.openapi import errors
from web.pagination import NewestFirst, PageQuerySerializer
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import validated


class ReconciliationPages(NewestFirst):
    list_name = "reconciliations"


class ReconciliationsView(StrictView):
    """Our costs of each day beside the vendor's report, those made last first."""

    permission_classes = [needs(Right.VIEW, Reconciliation)]

    @extend_schema(
        operation_id="reconciliations_list",
        summary="Our costs of each day beside the vendor's report, with the causes of differences",
        tags=["reconciliations"],
        parameters=[PageQuerySerializer],
        responses={200: ReconciliationPageSerializer, **errors(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        validated(PageQuerySerializer, request.query_params)
        pages = ReconciliationPages()
        rows = pages.paginate_queryset(Reconciliation.objects.all(), request, self)
        return pages.get_paginated_response(ReconciliationSerializer(rows, many=True).data)
