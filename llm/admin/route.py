"""The screen of the routes: how each chooses among its providers, what it would choose now, and its limits."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from llm.admin import formatting
from llm.admin.base import RightsAdmin
from llm.admin.providers.page import Table
from llm.core.calls import SkipReason
from llm.core.routing.strategies.strategy import Strategy
from llm.models import Provider, Route, RouteEntry
from llm.services.access.rights import Right, may
from llm.services.routes.choice import RankedProvider, RouteChoice, choice_now_sync

SCORES = {
    Strategy.PRIORITY: gettext_lazy("score"),
    Strategy.WEIGHTED: gettext_lazy("weight"),
    Strategy.CAPACITY: gettext_lazy("calls left"),
    Strategy.COST: gettext_lazy("expected price"),
    Strategy.LATENCY: gettext_lazy("first token"),
    Strategy.BALANCED: gettext_lazy("score"),
}
"""The heading of the scores, by strategy."""

SELF_EXPLAINING = frozenset({SkipReason.DISABLED, SkipReason.NO_KEY, SkipReason.OPEN})


class EntryInline(TabularInline):
    """The route's own chain, ordered by dragging or by number."""

    model = RouteEntry
    fields = ("provider", "priority", "weight", "standby", "standby_usd_per_day")
    ordering_field = "priority"
    extra = 0
    verbose_name = _("provider")
    verbose_name_plural = _("Its own chain (empty: all providers, by their own priority)")


@admin.register(Route)
class RouteAdmin(RightsAdmin):
    list_display = ("name", "description", "chain", "strategy", "on_refusal", "stream_mode", "deadline_s", "max_wait_s")
    inlines = (EntryInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "description",
                    ("on_refusal", "stream_mode", "live_tool_calls"),
                    ("deadline_s", "max_wait_s"),
                )
            },
        ),
        (_("How it chooses"), {"fields": (("strategy", "sticky"), Route.WEIGHTS[:2], Route.WEIGHTS[2:])}),
        (_("When the first is slow or short"), {"fields": (("hedge", "hedge_cap_percent"), "standby_below_percent")}),
    )
    change_form_outer_before_template = "admin/llm/route/before_form.html"

    @admin.display(description=_("chain"))
    def chain(self, obj: Route) -> str:
        names = [entry.provider.name for entry in obj.entries.all()]
        return " → ".join(names) if names else str(_("all providers"))

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]  # the base's own type
        return super().get_queryset(request).prefetch_related("entries__provider")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        route, extra = self.get_object(request, object_id), dict(extra_context or {})
        if (
            isinstance(route, Route)
            and self.has_view_permission(request, route)
            and may(request.user, Right.VIEW, Provider)
        ):
            choice = choice_now_sync(route.name)
            extra |= {"choice": _table(choice), "choice_tokens": choice.input_tokens}
        return super().change_view(request, object_id, form_url, extra)


def _table(choice: RouteChoice) -> Table | None:
    """What the route would choose now; None without providers."""
    headers = (gettext("provider"), gettext("asked first"), str(SCORES[choice.strategy]), gettext("why not"))
    rows = tuple(
        (each.provider, formatting.percent(each.share), each.shown or formatting.UNKNOWN, _why_not(each))
        for each in choice.providers
    )
    return Table(headers=headers, rows=rows) if rows else None


def _why_not(each: RankedProvider) -> SafeString | str:
    if each.skipped is not None:
        reason = formatting.reason(each.skipped)
        return (
            reason
            if each.skipped in SELF_EXPLAINING
            else formatting.two_lines(reason, formatting.verbatim(each.detail))
        )
    return gettext("its limits are used up, so it comes last") if each.is_full else ""
