"""Providers over HTTP: any credentials may list them; the rest needs the right to it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.calls.serializers import CircuitEventSerializer
from llm.api.providers.serializers import (
    ADDRESS,
    KEY_NEEDED,
    NO_MODEL,
    RENAMED,
    UNPRINTABLE,
    ProviderListSerializer,
    ProviderSerializer,
    ProviderSummarySerializer,
)
from llm.api.rows import RowsViewSet, documented_rows
from llm.models import CircuitEvent, Provider
from llm.services.access.consumers import Consumer
from llm.services.access.rights import Right, may
from llm.services.providers import EXISTS, TAKEN
from web.errors import bad_field
from web.openapi import errors
from web.pagination import NewestFirst, PageQuerySerializer
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import validated


@documented_rows(
    "providers",
    summaries={
        "create": "Add a provider, which serves at once in every worker",
        "retrieve": "One provider",
        "partial_update": "Change a provider",
        "destroy": "Remove a provider; its records stay",
    },
    one=ProviderSerializer,
    body={"name": "claude-b", "kind": "claude", "priority": 15, "api_key": "the-key-of-this-account"},
    rules=(RENAMED, EXISTS, TAKEN, UNPRINTABLE, NO_MODEL, KEY_NEEDED, *ADDRESS),
)
class ProviderViewSet(RowsViewSet):
    """The configured providers, in the order of the chain. The list needs credentials only."""

    queryset = Provider.objects.all()
    serializer_class = ProviderSerializer
    lookup_field = "name"

    def get_queryset(self) -> QuerySet[Provider]:
        rows = super().get_queryset()
        # Locked: between the check of the key and the change, no other request may store a key.
        return rows.select_for_update() if self.action == "partial_update" else rows

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.action == "list" else super().get_permissions()

    @extend_schema(
        operation_id="providers_list",
        summary="The configured providers in order",
        tags=["providers"],
        responses={200: ProviderListSerializer, **errors(401)},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        operator = isinstance(request.auth, Consumer) and may(request.auth, Right.VIEW, Provider)
        shown = ProviderSummarySerializer(self.get_queryset(), many=True, context={"operator": operator})
        return Response({"providers": shown.data})

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            with transaction.atomic():
                return super().create(request, *args, **kwargs)
        except IntegrityError:
            raise bad_field("name", "A provider of this name was made in this very moment.") from None

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            return super().partial_update(request, *args, **kwargs)


class EventPages(NewestFirst):
    list_name = "events"


class ProviderEventsView(StrictView, generics.ListAPIView[CircuitEvent]):
    """The timeline of one provider's circuit, newest first."""

    permission_classes = [needs(Right.VIEW, CircuitEvent)]
    serializer_class = CircuitEventSerializer
    pagination_class = EventPages
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        validated(PageQuerySerializer, self.request.query_params)
        name = self.kwargs["name"]
        events = CircuitEvent.objects.filter(provider=name)
        if not events.exists():
            get_object_or_404(Provider, name=name)
        return events

    @extend_schema(
        operation_id="providers_events",
        summary="What its circuit did, newest first",
        tags=["providers"],
        parameters=[PageQuerySerializer],
        responses={200: CircuitEventSerializer(many=True), **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
