"""Permissions of the management endpoints, decided by `llm.services.access.rights`. `web.errors` writes the refusal."""

from typing import Any

from django.db.models import Model
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from llm.services.access.consumers import Consumer
from llm.services.access.rights import Right, may


class Denied(BasePermission):
    """The permission of a view that names none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


def needs(right: Right, model: type[Model]) -> type[BasePermission]:
    """The permission class of an endpoint that requires this right."""

    class Needs(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            # Not `request.user`: that of a key is made from memory and knows no permissions.
            return isinstance(request.auth, Consumer) and may(request.auth, right, model)

    return Needs
