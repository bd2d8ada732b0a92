"""The common part of the views of teams, consumers and keys: rights, pages, and who acts."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.rows import RowsViewSet
from llm.services.access.consumers import Consumer as Caller
from llm.services.access.keys import MayNotIssue, judge_maker
from web.errors import ApiError, bad_field
from web.pagination import NewestFirst, PageQuerySerializer
from web.serializers import validated

BOUNDED = "A key with bounds of its own makes and changes no keys, consumers or teams."
IN_USE = "It has keys or members, to which records refer. Disable it, or revoke its keys."


class Pages(NewestFirst):
    time_field = "created_at"


class HolderViewSet(RowsViewSet):
    """Rows that hold or bound keys, in pages."""

    filter_backends: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Else a bounded key of an administrator could make one without bounds.
        if request.method not in ("GET", "HEAD") and isinstance(request.auth, Caller) and request.auth.rights:
            raise ApiError(403, message=BOUNDED)

    def maker(self) -> Any:
        """The acting user, from the database: that of a key is made from memory."""
        return get_user_model().objects.get(pk=str(self.request.user.pk))

    def judge_owner(self, owner: Any) -> None:
        """Raises ApiError 403 when the acting user would gain rights by a key of this user."""
        try:
            judge_maker(self.maker(), owner)
        except MayNotIssue as error:
            raise ApiError(403, message=str(error)) from None

    def filter_queryset(self, queryset: Any) -> Any:
        if self.action == "list":
            validated(PageQuerySerializer, self.request.query_params)
        return queryset

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            with transaction.atomic():
                return super().create(request, *args, **kwargs)
        except IntegrityError:
            raise bad_field("name", "One of this name was made in this very moment.") from None

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            return super().partial_update(request, *args, **kwargs)

    def perform_destroy(self, instance: Any) -> None:
        try:
            instance.delete()
        except RestrictedError:
            raise ApiError(409, message=IN_USE) from None
