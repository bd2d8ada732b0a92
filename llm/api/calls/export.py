"""The call log as a file, sent while it is read. Without prompts and answers. Needs the right to view calls."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from llm.api.calls.views import FILTERS
from llm.core.calls import CallStatus
from llm.models import Call
from llm.services.access.rights import Right
from llm.services.exports.calls import batches
from llm.services.exports.formats import CONTENT_TYPES, Format, NotInstalled, pieces, require
from web.database import in_database
from web.errors import bad_field
from web.openapi import RULES, errors
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import StrictSerializer, validated

MISSING = "Parquet needs the packages of requirements-parquet.txt: …"


class ExportQuerySerializer(StrictSerializer):
    """Query parameters of the export: the filters of the call list, a period and the format."""

    format = serializers.ChoiceField(choices=[str(wanted) for wanted in Format], default=str(Format.CSV))
    request_id = serializers.CharField(required=False, max_length=128)
    status = serializers.ChoiceField(choices=[str(status) for status in CallStatus], required=False)
    provider = serializers.CharField(required=False, max_length=64)

    def get_fields(self) -> dict[str, serializers.Field]:
        # "from" is a reserved word, so it cannot be an attribute of the class.
        period: dict[str, serializers.Field] = {
            "from": serializers.DateTimeField(required=False, help_text="Default: the first call."),
            "to": serializers.DateTimeField(required=False, help_text="Default: the last call."),
        }
        return {**period, **super().get_fields()}


class CallsExportView(StrictView):
    """All calls that the filters leave, oldest first."""

    permission_classes = [needs(Right.VIEW, Call)]

    @extend_schema(
        operation_id="calls_export",
        summary="The call log as CSV, JSON lines or Parquet, oldest first",
        tags=["calls"],
        parameters=[ExportQuerySerializer],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "application/vnd.apache.parquet"): OpenApiTypes.BINARY,
            **errors(400, 401, 403),
        },
        extensions={RULES: [MISSING]},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        query = validated(ExportQuerySerializer, request.query_params)
        wanted = Format(query["format"])
        try:
            require(wanted)
        except NotInstalled as error:
            raise bad_field("format", str(error)) from None
        filters = {name: query[name] for name in FILTERS if name in query}
        file = pieces(wanted, batches(filters, query.get("from"), query.get("to")))
        return StreamingHttpResponse(
            _awaited(file) if isinstance(request._request, ASGIRequest) else file,
            content_type=CONTENT_TYPES[wanted],
            headers={"Content-Disposition": f'attachment; filename="calls.{wanted}"'},
        )


async def _awaited(file: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each made on a thread. Django would read a plain iterator whole before it sends the first byte."""
    following: Any = in_database(next)
    while (piece := await following(file, None)) is not None:
        yield piece
