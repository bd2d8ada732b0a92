"""The base of endpoints that list, add, show, change and delete the rows of one table."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from llm.services.access.rights import Right
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
