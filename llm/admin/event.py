"""The timeline of the circuits: each transition, why, until when and by whom. Nobody edits it."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting as words
from llm.admin.base import ReadOnlyAdmin, choice_filter
from llm.admin.choices import provider_names
from llm.admin.providers.page import transition
from llm.core.circuit.override import Mode
from llm.models import CircuitEvent


def _states() -> list[tuple[str, object]]:
    return [(code, words.STATES[code][1]) for code in ("closed", "open", "half_open", *Mode)]


@admin.register(CircuitEvent)
class CircuitEventAdmin(ReadOnlyAdmin):
    list_display = ("when", "provider", "change", "why", "detail", "again", "by")
    list_filter = (
        choice_filter("provider", _("provider"), provider_names),
        choice_filter("after", _("new state"), _states),
    )
    date_hierarchy = "at"
    fields = ("provider", "when", "change", "why", "detail", "again", "by", "generation")

    @admin.display(description=_("when"), ordering="at")
    def when(self, obj: CircuitEvent) -> str:
        return words.exact(obj.at)

    @admin.display(description=_("transition"))
    def change(self, obj: CircuitEvent) -> SafeString:
        return transition(obj)

    @admin.display(description=_("reason"))
    def why(self, obj: CircuitEvent) -> str:
        return words.reason(obj.reason) or words.UNKNOWN

    @admin.display(description=_("until"))
    def again(self, obj: CircuitEvent) -> str:
        return words.moment(obj.until)
