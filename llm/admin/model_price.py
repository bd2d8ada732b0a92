"""The screen of the operators' own prices."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from llm.admin.base import RightsAdmin
from llm.models import ModelPrice
from llm.services.prices import one_at_a_time


@admin.register(ModelPrice)
class ModelPriceAdmin(RightsAdmin):
    list_display = ("model", "provider", "kind", "valid_from", "valid_to", "input", "output", "note")
    list_filter = ("kind",)
    search_fields = ("model", "provider", "note")
    readonly_fields = ("version",)
    fieldsets = (
        (None, {"fields": ("model", ("provider", "kind"), ("valid_from", "valid_to"), "note", "version")}),
        (_("US dollars a million tokens"), {"fields": (
            ("input", "output"),
            ("cache_read", "cache_write_5m", "cache_write_1h"),
            ("input_audio", "output_audio"),
            ("input_image", "output_image"),
        )}),
        (_("US dollars a thousand uses"), {"fields": ("web_searches",)}),
    )  # fmt: skip

    @admin.display(description=_("version"))
    def version(self, obj: ModelPrice) -> str:
        return obj.version

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with one_at_a_time():
            return super().changeform_view(request, *args, **kwargs)
