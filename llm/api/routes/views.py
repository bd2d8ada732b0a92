"""Routes over HTTP."""

from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone

from llm.api.routes.serializers import (
    FAULTS,
    DescribedRequestSerializer,
    ExplainedSerializer,
    RouteListSerializer,
    RouteNowSerializer,
    RouteSerializer,
)
from llm.api.rows import RowsViewSet, documented_rows
from llm.core.routing.rules import Request as Described
from llm.models import Route, RouteRule
from llm.services.access.rights import Need, Right
from llm.services.calls.use_case import hour_of
from llm.services.routes.explained import explain as explained_by_rules
from web.endpoint import RequestContext, endpoint
from web.openapi import documented, operation


@documented_rows(
    "routes",
    summaries={
        "list": "The routes by name",
        "create": "Add a route; without members it takes all providers",
        "retrieve": "One route, and what it would choose now and why",
        "partial_update": "Change a route's chain, strategy, weights or limits, in every worker within a second",
        "destroy": "Remove a route with its chain, its rules and its static texts",
    },
    one=RouteNowSerializer,
    many=RouteListSerializer,
    request=RouteSerializer,
    body={"name": "night", "strategy": "cost", "deadline_s": 120.0},
    rules=FAULTS,
)
class RouteViewSet(RowsViewSet):
    """Routes by name."""

    queryset = Route.objects.prefetch_related("entries__provider")
    lookup_field = "name"
    list_name = "routes"

    def get_serializer_class(self) -> type[RouteSerializer]:
        return RouteSerializer if self.action == "list" else RouteNowSerializer


@documented(
    post=operation(
        "routes_explain",
        "Which route a described request would take, and why; nothing is sent",
        request=DescribedRequestSerializer,
        body={"endpoint": "chat", "tags": ["nightly"], "input_tokens": 20_000, "tools": True},
        answers={200: ExplainedSerializer},
        refuses=(400, 403, 413, 415),
    )
)
@endpoint("POST", need=Need(Right.VIEW, RouteRule), body=DescribedRequestSerializer)
async def explain(context: RequestContext) -> dict[str, Any]:
    """As `llm_route explain` says it, by the rules as they are now."""
    given = {"hour": hour_of(timezone.now()), **context.data}
    found = await sync_to_async(explained_by_rules)(Described(**{**given, "tags": tuple(given["tags"])}))
    choice = found.choice
    return {
        "route": choice.route,
        "rule": choice.rule or None,
        "misses": [{"rule": name, "why": str(miss)} for name, miss in choice.misses],
        "deadline_s": found.deadline_s,
        "providers": list(found.providers),
        "static_languages": list(found.static_languages),
    }
