"""Limits and budgets over HTTP: who may view, add, change and delete their rows."""

from typing import Any

from django.db import IntegrityError, transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.budgets.serializers import (
    FAULTS,
    BudgetListSerializer,
    BudgetSerializer,
    LimitListSerializer,
    LimitSerializer,
)
from llm.api.rows import RowsViewSet
from llm.models import Budget, Limit
from web.errors import bad_field
from web.openapi import RULES, errors, example


def _documented(noun: str, one: Any, many: Any, body: dict[str, Any]) -> Any:
    """The schema of a viewset's five operations."""
    refused = errors(400, 401, 403, 413, 415)
    return extend_schema_view(
        list=extend_schema(
            operation_id=f"{noun}s_list",
            summary=f"All {noun}s with their state",
            tags=["budgets"],
            responses={200: many, **errors(401, 403)},
        ),
        create=extend_schema(
            operation_id=f"{noun}s_create",
            summary=f"Add a {noun}, in force within a second in every worker",
            tags=["budgets"],
            responses={201: one, **refused},
            examples=example(body),
            extensions={RULES: list(FAULTS)},
        ),
        retrieve=extend_schema(
            operation_id=f"{noun}s_retrieve",
            summary=f"One {noun}",
            tags=["budgets"],
            responses={200: one, **errors(401, 403, 404)},
        ),
        partial_update=extend_schema(
            operation_id=f"{noun}s_update",
            summary=f"Change a {noun}",
            tags=["budgets"],
            responses={200: one, **refused, **errors(404)},
            extensions={RULES: list(FAULTS)},
        ),
        destroy=extend_schema(
            operation_id=f"{noun}s_delete",
            summary=f"Remove a {noun}",
            tags=["budgets"],
            responses={204: None, **errors(401, 403, 404)},
        ),
    )


class _RowsByName(RowsViewSet):
    lookup_field = "name"

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            with transaction.atomic():
                return super().create(request, *args, **kwargs)
        except IntegrityError:
            raise bad_field("name", "This name was taken in this very moment.") from None


@_documented(
    "limit", LimitSerializer, LimitListSerializer, {"name": "all-calls", "scope": "all", "requests_per_minute": 600}
)
class LimitViewSet(_RowsByName):
    """Limits: requests and tokens a minute, and calls at once."""

    queryset = Limit.objects.all()
    serializer_class = LimitSerializer
    list_name = "limits"


@_documented(
    "budget", BudgetSerializer, BudgetListSerializer, {"name": "a-day", "scope": "all", "usd": "25.00", "span": "day"}
)
class BudgetViewSet(_RowsByName):
    """Budgets: dollars or tokens in a window."""

    queryset = Budget.objects.all()
    serializer_class = BudgetSerializer
    list_name = "budgets"
