"""The screen of the routes: the chain of providers and the limits of each."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from llm.admin.base import RightsAdmin
from llm.models import Route, RouteEntry


class EntryInline(TabularInline):
    """The route's own chain, ordered by dragging or by number."""

    model = RouteEntry
    fields = ("provider", "priority", "weight")
    ordering_field = "priority"
    extra = 0
    verbose_name = _("provider")
    verbose_name_plural = _("Its own chain (empty: all providers, by their own priority)")


@admin.register(Route)
class RouteAdmin(RightsAdmin):
    list_display = ("name", "description", "chain", "on_refusal", "stream_mode", "deadline_s", "max_wait_s")
    inlines = (EntryInline,)
    fields = ("name", "description", ("on_refusal", "stream_mode", "live_tool_calls"), ("deadline_s", "max_wait_s"))

    @admin.display(description=_("chain"))
    def chain(self, obj: Route) -> str:
        names = [entry.provider.name for entry in obj.entries.all()]
        return " → ".join(names) if names else str(_("all providers"))

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]  # the base's own type
        return super().get_queryset(request).prefetch_related("entries__provider")
