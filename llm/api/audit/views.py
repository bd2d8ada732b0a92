"""Who changed what, when, from what to what."""

from typing import Any

from auditlog.models import LogEntry
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from llm.services.access.rights import Right
from web.openapi import errors
from web.pagination import NewestFirst, PageQuerySerializer
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import validated


class AuditQuerySerializer(PageQuerySerializer):
    """Query parameters of the record of changes. Each one is a filter."""

    object = serializers.CharField(
        required=False, max_length=200, help_text="A kind such as `provider`, or one row: `provider:claude`."
    )
    actor = serializers.CharField(required=False, max_length=150, help_text="A user's name, or `system`.")
    since = serializers.DateTimeField(required=False)


class AuditSerializer(serializers.ModelSerializer[LogEntry]):
    """One change. `changes` holds for each field its value before and after; secrets are `***`."""

    at = serializers.DateTimeField(source="timestamp")
    action = serializers.SerializerMethodField(help_text="create, update or delete")
    kind = serializers.CharField(source="content_type.model")
    object = serializers.CharField(source="object_repr")
    object_id = serializers.CharField(source="object_pk")
    actor = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()

    class Meta:
        model = LogEntry
        fields = ["id", "at", "action", "kind", "object", "object_id", "actor", "changes"]

    def get_action(self, entry: LogEntry) -> str:
        return str(entry.get_action_display())

    def get_actor(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("by", ""))

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_changes(self, entry: LogEntry) -> dict[str, Any]:
        changes: dict[str, Any] = entry.changes_dict
        return changes


class AuditPages(NewestFirst):
    list_name = "changes"
    time_field = "timestamp"


class AuditView(StrictView, generics.ListAPIView[LogEntry]):
    """The changes of configuration, newest first."""

    permission_classes = [needs(Right.VIEW, LogEntry)]
    serializer_class = AuditSerializer
    pagination_class = AuditPages
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        query = validated(AuditQuerySerializer, self.request.query_params)
        rows = LogEntry.objects.select_related("content_type")
        kind, _, name = query.get("object", "").partition(":")
        given = {
            "content_type__model": kind,
            "object_repr": name,
            "additional_data__by": query.get("actor"),
            "timestamp__gte": query.get("since"),
        }
        return rows.filter(**{field: value for field, value in given.items() if value})

    @extend_schema(
        operation_id="audit_list",
        summary="Who changed which configuration, newest first",
        tags=["audit"],
        parameters=[AuditQuerySerializer],
        responses={200: AuditSerializer(many=True), **errors(400, 401, 403)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
