"""The screen of the record of changes. Read-only."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting, recorded
from llm.admin.base import ReadOnlyAdmin

admin.site.unregister(LogEntry)  # django-auditlog's own screen knows neither our rights nor our theme


@admin.register(LogEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who changed what, from what to what."""

    list_display = ("when", "by", "action", "content_type", "row", "changed")
    list_select_related = ("content_type",)
    list_filter = ("action",)
    search_fields = ("object_repr", "object_pk")
    fields = ("when", "by", "action", "content_type", "row", "object_pk", "changed")

    @admin.display(description=_("when"), ordering="timestamp")
    def when(self, obj: LogEntry) -> str:
        return formatting.exact(obj.timestamp)

    @admin.display(description=_("by"))
    def by(self, obj: LogEntry) -> str:
        return recorded.author(obj)

    @admin.display(description=_("object representation"))
    def row(self, obj: LogEntry) -> SafeString | str:
        return formatting.verbatim(obj.object_repr)

    @admin.display(description=_("changes"))
    def changed(self, obj: LogEntry) -> SafeString:
        return recorded.sentence(obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request)
