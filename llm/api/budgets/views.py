"""Limits and budgets over HTTP: who may view, add, change and delete their rows."""

from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.budgets.serializers import (
    FAULTS,
    BudgetListSerializer,
    BudgetSerializer,
    LimitListSerializer,
    LimitSerializer,
)
from llm.api.rows import RowsViewSet, documented_rows
from llm.models import Budget, Limit
from web.errors import bad_field


def _documented(noun: str, one: Any, many: Any, body: dict[str, Any]) -> Any:
    summaries = {
        "list": f"All {noun}s with their state",
        "create": f"Add a {noun}, in force within a second in every worker",
        "retrieve": f"One {noun}",
        "partial_update": f"Change a {noun}",
        "destroy": f"Remove a {noun}",
    }
    return documented_rows(f"{noun}s", tag="budgets", summaries=summaries, one=one, many=many, body=body, rules=FAULTS)


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
