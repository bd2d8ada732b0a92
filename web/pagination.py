"""Pages by cursor, newest first: no counting, and no row twice while new ones arrive."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from web.errors import bad_field

MOST = 200


class Cursor(CursorPagination):
    """`{<list_name>: [...], "next": address or null}`."""

    list_name = "rows"
    page_size = 50
    page_size_query_param = "limit"
    cursor_query_param = "cursor"

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get("limit", str(self.page_size))
        if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= MOST:
            raise bad_field("limit", f"Must be a whole number from 1 to {MOST}.")
        return int(given)

    def decode_cursor(self, request: Request) -> Any:
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise bad_field("cursor", "This is no cursor of ours.") from None

    def get_paginated_response(self, data: Any) -> Response:
        return Response({self.list_name: data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = {self.list_name: schema, "next": {"type": ["string", "null"], "format": "uri"}}
        return {"type": "object", "properties": properties}


class CallsCursor(Cursor):
    """Calls by their beginning."""

    list_name = "calls"
    ordering = ("-started_at", "-id")


class EventsCursor(Cursor):
    """Events by their time."""

    list_name = "events"
    ordering = ("-at", "-id")
