"""The operators' own prices over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.prices.serializers import FAULTS, ModelPriceListSerializer, ModelPriceSerializer
from llm.api.rows import RowsViewSet
from llm.models import ModelPrice
from llm.services.prices import one_at_a_time
from web.openapi import RULES, errors, example


@extend_schema_view(
    list=extend_schema(
        operation_id="prices_list",
        summary="The operators' own prices by model",
        tags=["prices"],
        responses={200: ModelPriceListSerializer, **errors(401, 403)},
    ),
    create=extend_schema(
        operation_id="prices_create",
        summary="Add a price of your own, which counts at once in every worker",
        tags=["prices"],
        responses={201: ModelPriceSerializer, **errors(400, 401, 403, 413, 415)},
        examples=example(
            {"kind": "openai", "model": "house-model", "valid_from": "2026-01-01", "input": "0.50", "output": "2.00"}
        ),
        extensions={RULES: [*FAULTS]},
    ),
    retrieve=extend_schema(
        operation_id="prices_retrieve",
        summary="One price",
        tags=["prices"],
        responses={200: ModelPriceSerializer, **errors(401, 403, 404)},
    ),
    partial_update=extend_schema(
        operation_id="prices_update",
        summary="Change a price; calls that it has priced keep their cost",
        tags=["prices"],
        responses={200: ModelPriceSerializer, **errors(400, 401, 403, 404, 413, 415)},
        extensions={RULES: [*FAULTS]},
    ),
    destroy=extend_schema(
        operation_id="prices_delete",
        summary="Remove a price; calls that it has priced keep their cost",
        tags=["prices"],
        responses={204: None, **errors(401, 403, 404)},
    ),
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
