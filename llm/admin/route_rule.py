"""The screen of the rules that choose a route."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from llm.admin.base import RightsAdmin
from llm.admin.bounds import CommaList
from llm.models import RouteRule


@admin.register(RouteRule)
class RouteRuleAdmin(RightsAdmin):
    list_display = ("name", "position", "asked_route", "route", "enabled")
    list_filter = ("enabled",)
    list_select_related = ("route",)
    fieldsets = (
        (None, {"fields": (("name", "position", "enabled"), ("asked_route", "route"))}),
        (
            _("Conditions: all must hold, an empty one asks nothing"),
            {
                "fields": (
                    *("endpoints", ("consumers", "teams"), ("tags", "languages")),
                    *(("min_tokens", "max_tokens"), ("tools", "images"), ("from_hour", "to_hour")),
                )
            },
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.JSONField):
            return db_field.formfield(form_class=CommaList, help_text=db_field.help_text or _("With commas between."))
        return super().formfield_for_dbfield(db_field, request, **kwargs)
