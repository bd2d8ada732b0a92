"""The screen of the hourly sums, which stay after their calls are deleted."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.admin.base import ReadOnlyAdmin, choice_filter
from llm.admin.choices import answering_names, route_names
from llm.models import HourlyUsage


@admin.register(HourlyUsage)
class HourlyUsageAdmin(ReadOnlyAdmin):
    list_display = (
        "hour", "provider", "model", "route", "consumer", "calls", "answered", "static", "failed", "tokens", "cost",
    )  # fmt: skip
    list_filter = (
        choice_filter("provider", _("provider"), answering_names),
        choice_filter("route", _("route"), route_names),
    )
    date_hierarchy = "hour"

    @admin.display(description=_("tokens"))
    def tokens(self, obj: HourlyUsage) -> str:
        return formatting.tokens(obj.input_tokens, obj.output_tokens)

    @admin.display(description=_("cost"), ordering="cost_usd")
    def cost(self, obj: HourlyUsage) -> str:
        return formatting.money(obj.cost_usd)
