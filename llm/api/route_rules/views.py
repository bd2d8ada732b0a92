"""Route rules over HTTP."""

from llm.api.route_rules.serializers import FAULTS, RouteRuleListSerializer, RouteRuleSerializer
from llm.api.rows import RowsViewSet, documented_rows
from llm.models import RouteRule


@documented_rows(
    "route_rules",
    tag="routes",
    summaries={
        "list": "The rules, in the order in which they are looked at",
        "create": "Add a rule, in force within a second in every worker",
        "retrieve": "One rule",
        "partial_update": "Change a rule",
        "destroy": "Remove a rule",
    },
    one=RouteRuleSerializer,
    many=RouteRuleListSerializer,
    body={"name": "long-questions", "asked_route": "default", "route": "conversation", "min_tokens": 20_000},
    rules=FAULTS,
)
class RouteRuleViewSet(RowsViewSet):
    """Rules that choose a route by what a request is, by name."""

    queryset = RouteRule.objects.select_related("route")
    serializer_class = RouteRuleSerializer
    lookup_field = "name"
    list_name = "rules"
