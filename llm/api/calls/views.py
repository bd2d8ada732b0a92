"""The call log of all consumers, without prompts and answers. Needs the right to view calls."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.calls.serializers import CallDetailSerializer, CallSerializer, CallsQuerySerializer
from llm.models import Call
from llm.services.access.rights import Right
from web.openapi import errors
from web.pagination import NewestFirst
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import validated


class CallPages(NewestFirst):
    list_name = "calls"
    time_field = "started_at"


FILTERS = ("request_id", "status", "provider")


class CallsView(StrictView, generics.ListAPIView[Call]):
    """Calls, newest first."""

    permission_classes = [needs(Right.VIEW, Call)]
    serializer_class = CallSerializer
    pagination_class = CallPages
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        query = validated(CallsQuerySerializer, self.request.query_params)
        filters = {name: query[name] for name in FILTERS if name in query}
        return Call.objects.filter(**filters).defer("prompt", "answer", "skips")

    @extend_schema(
        operation_id="calls_list",
        summary="The call log, newest first",
        tags=["calls"],
        parameters=[CallsQuerySerializer],
        responses={200: CallSerializer(many=True), **errors(400, 401, 403)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CallView(StrictView, generics.RetrieveAPIView[Call]):
    """One call: its attempts in order with their outcomes, and the skipped providers with the reasons."""

    permission_classes = [needs(Right.VIEW, Call)]
    serializer_class = CallDetailSerializer
    queryset = Call.objects.prefetch_related("attempts").defer("prompt", "answer")

    @extend_schema(
        operation_id="calls_retrieve",
        summary="One call with its attempts and skips",
        tags=["calls"],
        responses={200: CallDetailSerializer, **errors(401, 403, 404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
