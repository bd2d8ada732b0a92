"""Bases of the screens: rights, a read-only screen, and list filters whose choices need no query over the log."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from llm.admin import formatting, recorded
from llm.admin.calls.date_links import DateRangeQuerySet
from llm.services.access.audit import changes_of
from llm.services.access.rights import Right, may


class RightsAdmin(ModelAdmin):
    """A screen whose rights `llm.services.access.rights` decides, as it does those of the API."""

    object_history_template = "admin/llm/history.html"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Django's history with the recorded changes, each from what to what."""
        row = self.get_object(request, unquote(object_id))
        entries = changes_of(row)[:200] if row is not None else ()
        shown = [(formatting.exact(one.timestamp), recorded.author(one), recorded.changes(one)) for one in entries]
        return super().history_view(request, object_id, {**(extra_context or {}), "recorded": shown})

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Right.VIEW, self.model)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Right.ADD, self.model)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Right.CHANGE, self.model)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Right.DELETE, self.model)


class ReadOnlyAdmin(RightsAdmin):
    """Rows that the gateway writes: shown with the view permission, read-only for all users.

    Avoids counting the whole table: log tables grow without limit.
    """

    actions = None
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return DateRangeQuerySet(self.model).order_by(*self.model._meta.ordering)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def choice_filter(
    field: str, title: Any, choices: Callable[[], list[tuple[str, Any]]], *, parameter: str | None = None
) -> type[SimpleListFilter]:
    """A list filter on equality, with `choices` as its values.

    Django's own filter reads the whole log to find its distinct values.
    """

    class ChoiceFilter(SimpleListFilter):
        parameter_name = parameter or field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            return choices()

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset if self.value() is None else queryset.filter(**{field: self.value()})

    ChoiceFilter.title = title
    return ChoiceFilter
