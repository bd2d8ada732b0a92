"""The screen of spending rules."""

from django.contrib import admin

from llm.admin.base import RightsAdmin
from llm.models import SpendingRule


@admin.register(SpendingRule)
class SpendingRuleAdmin(RightsAdmin):
    list_display = ("name", "watch", "provider", "route", "limit_usd", "factor", "enabled")
    list_filter = ("watch", "enabled")
    search_fields = ("name", "provider", "route")
    fields = ("name", "watch", ("provider", "route"), ("limit_usd", "factor"), "enabled")
