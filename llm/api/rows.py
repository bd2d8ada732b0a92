"""The base of endpoints that list, add, show, change and delete the rows of one table, and their schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from llm.services.access.rights import Right
from web.openapi import RULES, errors, example
from web.rest.permissions import needs
from web.rest.views import StrictView

RIGHTS: Mapping[str, Right] = {
    "list": Right.VIEW,
    "retrieve": Right.VIEW,
    "create": Right.ADD,
    "partial_update": Right.CHANGE,
    "destroy": Right.DELETE,
}
"""By the action of the viewset: Django's rights to the table."""
ACTIONS: Mapping[str, tuple[str, int, tuple[int, ...]]] = {
    "list": ("list", 200, (401, 403)),
    "create": ("create", 201, (400, 401, 403, 413, 415)),
    "retrieve": ("retrieve", 200, (401, 403, 404)),
    "partial_update": ("update", 200, (400, 401, 403, 404, 413, 415)),
    "destroy": ("delete", 204, (401, 403, 404)),
}
"""By the action of the viewset: its word in an operation's id, its success, and how it refuses."""


class RowsViewSet(StrictView, viewsets.ModelViewSet[Any]):
    """A subclass names its queryset and serializer, and `list_name`, under which a list without pages stands.

    A subclass with other actions gives `rights` for them.
    """

    http_method_names = ["get", "post", "patch", "delete", "head"]
    rights: ClassVar[Mapping[str, Right]] = RIGHTS
    list_name: ClassVar[str] = ""

    def get_permissions(self) -> list[Any]:
        serializer: Any = self.get_serializer_class()
        return [needs(self.rights[self.action], serializer.Meta.model)()]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if self.paginator is not None:
            return super().list(request, *args, **kwargs)
        return Response({self.list_name: self.get_serializer(self.get_queryset(), many=True).data})


def documented_rows(
    noun: str,
    *,
    summaries: Mapping[str, str],
    one: Any,
    many: Any = None,
    created: Any = None,
    request: Any = None,
    body: dict[str, Any],
    rules: Sequence[str],
    tag: str = "",
    query: Any = None,
    refuses: Mapping[str, tuple[int, ...]] = {},
) -> Callable[[Any], Any]:
    """The schema of a viewset of rows: its operations are those of `summaries`, by action.

    `noun` is plural and begins each operation's id. `one`, `many` and `created` are serializers of answers, `request`
    of bodies where it is not `one`; `query` is that of the list. `body` and `rules` are of what adds and changes, see
    `example` and RULES. `refuses` has further statuses by action.
    """
    answers = {"list": many, "create": created or one, "retrieve": one, "partial_update": one, "destroy": None}
    described = {}
    for action, summary in summaries.items():
        word, success, refusals = ACTIONS[action]
        writes = action in ("create", "partial_update")
        described[action] = extend_schema(
            operation_id=f"{noun}_{word}",
            summary=summary,
            tags=[tag or noun],
            parameters=[query] if query and action == "list" else None,
            request=(request or one) if writes else None,
            responses={success: answers[action], **errors(*sorted({*refusals, *refuses.get(action, ())}))},
            examples=example(body) if action == "create" else None,
            extensions={RULES: list(rules)} if writes else None,
        )
    return extend_schema_view(**described)
