"""Spending rules over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.spending.serializers import FAULTS, SpendingRuleListSerializer, SpendingRuleSerializer
from llm.models import SpendingRule
from llm.services.rights import Right
from web.openapi import RULES, errors
from web.rest.permissions import needs
from web.rest.views import StrictView

RIGHTS = {
    "list": Right.VIEW,
    "retrieve": Right.VIEW,
    "create": Right.ADD,
    "partial_update": Right.CHANGE,
    "destroy": Right.DELETE,
}
"""By the action of the viewset."""


@extend_schema_view(
    create=extend_schema(
        operation_id="spending_rules_create",
        summary="Add a rule; alerts follow it within a minute",
        tags=["spending"],
        responses={201: SpendingRuleSerializer, **errors(400, 401, 403, 413, 415)},
        extensions={RULES: [*FAULTS]},
    ),
    retrieve=extend_schema(
        operation_id="spending_rules_retrieve",
        summary="One rule",
        tags=["spending"],
        responses={200: SpendingRuleSerializer, **errors(401, 403, 404)},
    ),
    partial_update=extend_schema(
        operation_id="spending_rules_update",
        summary="Change a rule",
        tags=["spending"],
        responses={200: SpendingRuleSerializer, **errors(400, 401, 403, 404, 413, 415)},
        extensions={RULES: [*FAULTS]},
    ),
    destroy=extend_schema(
        operation_id="spending_rules_delete",
        summary="Remove a rule",
        tags=["spending"],
        responses={204: None, **errors(401, 403, 404)},
    ),
)
class SpendingRuleViewSet(StrictView, viewsets.ModelViewSet[SpendingRule]):
    """Rules that tell operators of spending, by name."""

    queryset = SpendingRule.objects.all()
    serializer_class = SpendingRuleSerializer
    lookup_field = "name"
    http_method_names = ["get", "post", "patch", "delete", "head"]

    def get_permissions(self) -> list[Any]:
        return [needs(RIGHTS[self.action], SpendingRule)()]

    @extend_schema(
        operation_id="spending_rules_list",
        summary="The rules by name",
        tags=["spending"],
        responses={200: SpendingRuleListSerializer, **errors(401, 403)},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response({"rules": self.get_serializer(self.get_queryset(), many=True).data})
