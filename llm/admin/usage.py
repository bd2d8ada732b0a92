"""The hourly sums, which stay after the calls themselves are pruned."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting as words
from llm.admin.base import ReadOnlyAdmin, choice_filter
from llm.admin.choices import answering, route_names
from llm.models import HourlyUsage


@admin.register(HourlyUsage)
class HourlyUsageAdmin(ReadOnlyAdmin):
    list_display = (
        "hour", "provider", "model", "route", "consumer", "calls", "answered", "static", "failed", "tokens", "cost",
    )  # fmt: skip
    list_filter = (
        choice_filter("provider", _("provider"), answering),
        choice_filter("route", _("route"), route_names),
    )
    date_hierarchy = "hour"

    @admin.display(description=_("tokens"))
    def tokens(self, obj: HourlyUsage) -> str:
        return words.tokens(obj.input_tokens, obj.output_tokens)

    @admin.display(description=_("cost"), ordering="cost_usd")
    def cost(self, obj: HourlyUsage) -> str:
        return words.money(obj.cost_usd)
