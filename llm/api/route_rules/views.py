"""Route rules over HTTP."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from llm.api.route_rules.serializers import FAULTS, RouteRuleListSerializer, RouteRuleSerializer
from llm.api.rows import RowsViewSet
from llm.models import RouteRule
from web.openapi import RULES, errors, example


@extend_schema_view(
    list=extend_schema(
        operation_id="route_rules_list",
        summary="The rules, in the order in which they are looked at",
        tags=["routes"],
        responses={200: RouteRuleListSerializer, **errors(401, 403)},
    ),
    create=extend_schema(
        operation_id="route_rules_create",
        summary="Add a rule, in force within a second in every worker",
        tags=["routes"],
        responses={201: RouteRuleSerializer, **errors(400, 401, 403, 413, 415)},
        examples=example(
            {"name": "long-questions", "asked_route": "default", "route": "conversation", "min_tokens": 20_000}
        ),
        extensions={RULES: [*FAULTS]},
    ),
    retrieve=extend_schema(
        operation_id="route_rules_retrieve",
        summary="One rule",
        tags=["routes"],
        responses={200: RouteRuleSerializer, **errors(401, 403, 404)},
    ),
    partial_update=extend_schema(
        operation_id="route_rules_update",
        summary="Change a rule",
        tags=["routes"],
        responses={200: RouteRuleSerializer, **errors(400, 401, 403, 404, 413, 415)},
        extensions={RULES: [*FAULTS]},
    ),
    destroy=extend_schema(
        operation_id="route_rules_delete",
        summary="Remove a rule",
        tags=["routes"],
        responses={204: None, **errors(401, 403, 404)},
    ),
)
class RouteRuleViewSet(RowsViewSet):
    """Rules that choose a route by what a request is, by name."""

    queryset = RouteRule.objects.select_related("route")
    serializer_class = RouteRuleSerializer
    lookup_field = "name"
    list_name = "rules"
