"""Pages by cursor, newest first, for DRF's views and plain ones. New rows do not shift the pages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, UUIDField
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from web.database import in_database
from web.errors import bad_field
from web.serializers import StrictSerializer

CURSOR = re.compile(r"([0-9a-f]{1,14})-([0-9a-f]{1,32})")
MAX_KEY = 2**63 - 1
"""The largest integer of a database."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NewestFirst(BasePagination):
    """`{<list_name>: [...], "next": address or null}`, by `time_field` and then by primary key.

    DRF's CursorPagination counts rows of one moment by offset, so new rows would shift its pages.
    A cursor is the last row of a page: its microseconds since 1970 and its key, in hexadecimal.
    """

    list_name = "rows"
    time_field = "at"
    page_size = 50
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page; raises ApiError 400 for a bad `limit` or `cursor`."""
        self._request = request
        limit = self._limit(request.query_params.get("limit", str(self.page_size)))
        if "cursor" in request.query_params:
            queryset = self._rows_after(queryset, request.query_params["cursor"])
        rows = list(queryset.order_by(f"-{self.time_field}", "-pk")[: limit + 1])
        self._last = rows[limit - 1] if len(rows) > limit else None
        return rows[:limit]

    def page_body(self, data: Any) -> dict[str, Any]:
        """The body of the page that `paginate_queryset` has read; `data` are its rows, serialized."""
        address = None
        if self._last is not None:
            micros = (getattr(self._last, self.time_field) - EPOCH) // timedelta(microseconds=1)
            key = self._last.pk.hex if isinstance(self._last.pk, UUID) else f"{self._last.pk:x}"
            address = replace_query_param(self._request.build_absolute_uri(), "cursor", f"{micros:x}-{key}")
        return {self.list_name: data, "next": address}

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.page_body(data))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = {self.list_name: schema, "next": {"type": ["string", "null"], "format": "uri"}}
        return {"type": "object", "properties": properties}

    def _limit(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= self.max_page_size:
            raise bad_field("limit", f"Must be a whole number from 1 to {self.max_page_size}.")
        return int(text)

    def _rows_after(self, queryset: QuerySet[Any], cursor: str) -> QuerySet[Any]:
        match = CURSOR.fullmatch(cursor)
        is_uuid = isinstance(queryset.model._meta.pk, UUIDField)
        if match is None:
            raise bad_field("cursor", "This is no cursor of ours.")
        # Fourteen hexadecimal digits end in the year 4253, which a datetime can hold.
        time = EPOCH + timedelta(microseconds=int(match[1], 16))
        key = UUID(match[2].zfill(32)) if is_uuid else min(int(match[2], 16), MAX_KEY)
        older = Q(**{f"{self.time_field}__lt": time}) | Q(pk__lt=key)
        return queryset.filter(older, **{f"{self.time_field}__lte": time})


@in_database
def read_page(
    pages: type[NewestFirst], rows: QuerySet[Any], serializer: type[serializers.BaseSerializer], request: HttpRequest
) -> dict[str, Any]:
    """For plain views: the page of `rows` that the request asks for, as its body."""
    paginator = pages()
    page = paginator.paginate_queryset(rows, Request(request))
    return paginator.page_body(serializer(page, many=True).data)


def limit_schema(pages: type[NewestFirst]) -> dict[str, Any]:
    """The schema of `limit`."""
    return {"type": "integer", "minimum": 1, "maximum": pages.max_page_size, "default": pages.page_size}


CURSOR_SCHEMA = {"type": "string", "pattern": f"^{CURSOR.pattern}$"}


@extend_schema_field(limit_schema(NewestFirst))
class LimitField(serializers.CharField):
    """Accepts any text: the paginator checks it."""


@extend_schema_field(CURSOR_SCHEMA)
class CursorField(serializers.CharField):
    """The same."""


class PageQuerySerializer(StrictSerializer):
    """Query parameters of a paged list; other parameters are refused. The paginator reads these."""

    limit = LimitField(required=False)
    cursor = CursorField(required=False, help_text="From the `next` address of the page before.")
