"""The screen of the sums of usage by day, which stay after their calls are deleted."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.admin.base import ReadOnlyAdmin, choice_filter
from llm.admin.choices import answering_names
from llm.core.usage.dimensions import Cube
from llm.core.usage.sums import dollars
from llm.models import UsageSum


@admin.register(UsageSum)
class UsageSumAdmin(ReadOnlyAdmin):
    """Days by provider, model and error class. The API answers all other questions."""

    list_display = (
        "day",
        "provider",
        "model",
        "error_class",
        "calls",
        "answered",
        "attempts",
        "failed",
        "tokens",
        "cost",
    )
    list_filter = (choice_filter("provider", _("provider"), answering_names),)
    date_hierarchy = "start"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(cube=Cube.VENDOR, grain="day")

    @admin.display(description=_("day"))
    def day(self, obj: UsageSum) -> str:
        return formatting.exact(obj.start)

    @admin.display(description=_("tokens"))
    def tokens(self, obj: UsageSum) -> str:
        return formatting.tokens(obj.input_tokens, obj.output_tokens)

    @admin.display(description=_("cost"))
    def cost(self, obj: UsageSum) -> str:
        return formatting.money(dollars(obj.cost_nano))
