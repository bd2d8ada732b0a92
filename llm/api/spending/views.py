"""Spending rules over HTTP."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from llm.api.rows import RowsViewSet
from llm.api.spending.serializers import FAULTS, SpendingRuleListSerializer, SpendingRuleSerializer
from llm.models import SpendingRule
from web.openapi import RULES, errors, example


@extend_schema_view(
    list=extend_schema(
        operation_id="spending_rules_list",
        summary="The rules by name",
        tags=["spending"],
        responses={200: SpendingRuleListSerializer, **errors(401, 403)},
    ),
    create=extend_schema(
        operation_id="spending_rules_create",
        summary="Add a rule; alerts follow it within a minute",
        tags=["spending"],
        responses={201: SpendingRuleSerializer, **errors(400, 401, 403, 413, 415)},
        examples=example({"name": "ten-a-day", "watch": "day", "limit_usd": "10.00"}),
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
class SpendingRuleViewSet(RowsViewSet):
    """Rules that tell operators of spending, by name."""

    queryset = SpendingRule.objects.all()
    serializer_class = SpendingRuleSerializer
    lookup_field = "name"
    list_name = "rules"
