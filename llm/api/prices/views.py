"""The operators' own prices over HTTP."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.prices.serializers import FAULTS, ModelPriceListSerializer, ModelPriceSerializer
from llm.api.rows import RowsViewSet, documented_rows
from llm.models import ModelPrice
from llm.services.prices import one_at_a_time


@documented_rows(
    "prices",
    summaries={
        "list": "The operators' own prices by model",
        "create": "Add a price of your own, which counts at once in every worker",
        "retrieve": "One price",
        "partial_update": "Change a price; calls that it has priced keep their cost",
        "destroy": "Remove a price; calls that it has priced keep their cost",
    },
    one=ModelPriceSerializer,
    many=ModelPriceListSerializer,
    body={"kind": "openai", "model": "house-model", "valid_from": "2026-01-01", "input": "0.50", "output": "2.00"},
    rules=FAULTS,
)
class ModelPriceViewSet(RowsViewSet):
    """Prices that go before those of the price list, by model."""

    queryset = ModelPrice.objects.all()
    serializer_class = ModelPriceSerializer
    lookup_url_kwarg = "price_id"
    list_name = "prices"

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with one_at_a_time():
            return super().create(request, *args, **kwargs)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with one_at_a_time():
            return super().partial_update(request, *args, **kwargs)
