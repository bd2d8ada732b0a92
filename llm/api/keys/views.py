"""Teams, consumers and keys over HTTP. Each needs the right to it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.keys.base import HolderViewSet, Pages
from llm.api.keys.serializers import (
    PASSED,
    RENAMED,
    RULES_OF_BOUNDS,
    USER_TAKEN,
    ConsumerSerializer,
    KeySerializer,
    KeysQuerySerializer,
    NewKeySerializer,
    RotationSerializer,
    TeamSerializer,
)
from llm.api.rows import RIGHTS, documented_rows
from llm.models import Consumer, ConsumerKey, Team
from llm.services.access import keys as service
from llm.services.access.keys import MayNotIssue
from llm.services.access.rights import Right
from llm.stores.config import keys
from web.errors import ApiError
from web.openapi import errors, example
from web.pagination import PageQuerySerializer
from web.serializers import validated


def _documented(noun: str, serializer: Any, body: dict[str, Any], rules: tuple[str, ...], **more: Any) -> Any:
    """The schema of a viewset: `noun` is plural, such as "teams"."""
    one = noun[:-1]
    summaries = {
        "list": f"All {noun}, newest first",
        "create": f"Add a {one}",
        "retrieve": f"One {one}",
        "partial_update": f"Change a {one}",
        "destroy": more.pop("delete", f"Remove a {one} that has no keys or members"),
    }
    return documented_rows(
        noun,
        summaries=summaries,
        one=serializer,
        many=serializer(many=True),
        body=body,
        rules=(*rules, *RULES_OF_BOUNDS),
        refuses={"list": (400,), "destroy": (409,)},
        **{"query": PageQuerySerializer, **more},
    )


class TeamPages(Pages):
    list_name = "teams"


@_documented(
    "teams",
    TeamSerializer,
    {"name": "partners", "note": "shops of the marketplace"},
    (RENAMED, "team with this name already exists."),
)
class TeamViewSet(HolderViewSet):
    """Teams of consumers."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    pagination_class = TeamPages
    lookup_field = "name"


class ConsumerPages(Pages):
    list_name = "consumers"


@_documented(
    "consumers",
    ConsumerSerializer,
    {"name": "partner-shop", "note": "asks for suggestions"},
    (RENAMED, USER_TAKEN, "consumer with this name already exists."),
)
class ConsumerViewSet(HolderViewSet):
    """Consumers, each with the user whose rights its keys have."""

    queryset = Consumer.objects.select_related("team", "user")
    serializer_class = ConsumerSerializer
    pagination_class = ConsumerPages

    def perform_create(self, serializer: Any) -> None:
        if (owner := serializer.validated_data["user"]) is not None:
            self.judge_owner(owner)
        serializer.save()


class KeyPages(Pages):
    list_name = "keys"


@_documented(
    "keys",
    KeySerializer,
    {"consumer": "partner-shop", "name": "its web site"},
    (RENAMED, PASSED),
    query=KeysQuerySerializer,
    created=NewKeySerializer,
    delete="Revoke a key: it is refused from now on in every worker",
)
class KeyViewSet(HolderViewSet):
    """Keys. A secret is shown once."""

    queryset = ConsumerKey.objects.select_related("user", "consumer")
    serializer_class = KeySerializer
    pagination_class = KeyPages
    rights = {**RIGHTS, "destroy": Right.CHANGE, "rotate": Right.CHANGE}

    def filter_queryset(self, queryset: Any) -> Any:
        if self.action != "list":
            return queryset
        query = validated(KeysQuerySerializer, self.request.query_params)
        names = {"consumer": "consumer__name", "team": "consumer__team__name"}
        return queryset.filter(**{field: query[name] for name, field in names.items() if name in query})

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        bounds = dict(serializer.validated_data)
        consumer, name = bounds.pop("consumer"), bounds.pop("name", "")
        expires_at = bounds.pop("expires_at", None)
        try:
            row, text = service.issue(self.maker(), consumer, name=name, expires_at=expires_at, bounds=bounds)
        except MayNotIssue as error:
            raise ApiError(403, message=str(error)) from None
        return Response({**KeySerializer(row).data, "key": text}, status=201)

    def perform_update(self, serializer: Any) -> None:
        # Whose bounds are widened is asked too: a change may give a key more than its maker allowed.
        self.judge_owner(serializer.instance.user)
        # Only the sent fields: a rotation or revocation at the same moment stays.
        for name, value in serializer.validated_data.items():
            setattr(serializer.instance, name, value)
        if serializer.validated_data:
            serializer.instance.save(update_fields=list(serializer.validated_data))

    def perform_destroy(self, instance: ConsumerKey) -> None:
        keys.revoke(instance)

    @extend_schema(
        operation_id="keys_rotate",
        summary="Give a key a new secret; the one so far stays valid for a grace",
        tags=["keys"],
        request=RotationSerializer,
        examples=example({"grace_s": 3_600}),
        responses={200: NewKeySerializer, **errors(400, 401, 403, 404, 409, 413, 415)},
    )
    def rotate(self, request: Request, pk: Any) -> Response:
        grace = validated(RotationSerializer, request.data)["grace"]
        key = self.get_object()
        if key.revoked_at is not None:
            raise ApiError(409, message="This key is revoked.")
        try:
            row, text = service.rotate(self.maker(), key, grace)
        except MayNotIssue as error:
            raise ApiError(403, message=str(error)) from None
        return Response({**KeySerializer(row).data, "key": text})
