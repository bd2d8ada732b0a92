"""The screen of the record of changes. Read-only."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from llm.admin.base import ReadOnlyAdmin

admin.site.unregister(LogEntry)  # django-auditlog's own screen knows neither our rights nor our theme


@admin.register(LogEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who changed what, from what to what."""

    list_display = ("timestamp", "by", "action", "content_type", "object_repr", "changed")
    list_select_related = ("content_type",)
    list_filter = ("action",)
    search_fields = ("object_repr", "object_pk")
    fields = ("timestamp", "by", "action", "content_type", "object_repr", "object_pk", "changed")

    @admin.display(description=_("by"))
    def by(self, obj: LogEntry) -> str:
        return str((obj.additional_data or {}).get("by", ""))

    @admin.display(description=_("changes"))
    def changed(self, obj: LogEntry) -> str:
        return sentence(obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request)


def sentence(entry: LogEntry) -> str:
    """The changes in one line: "enabled: True → False"."""
    pairs = (entry.changes_dict or {}).items()
    return "; ".join(
        f"{name}: {change[0]} → {change[1]}" for name, change in pairs if isinstance(change, list) and len(change) == 2
    )
