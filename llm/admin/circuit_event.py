"""The screen of the circuit events: each transition with reason, end and author. Read-only."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.admin.base import ReadOnlyAdmin, choice_filter
from llm.admin.choices import provider_names
from llm.admin.providers.page import transition
from llm.core.circuit.override import Mode
from llm.models import CircuitEvent


def _states() -> list[tuple[str, object]]:
    return [(code, formatting.STATES[code][1]) for code in ("closed", "open", "half_open", *Mode)]


@admin.register(CircuitEvent)
class CircuitEventAdmin(ReadOnlyAdmin):
    list_display = ("when", "provider", "change", "reason_phrase", "detail_as_recorded", "ends", "author")
    list_filter = (
        choice_filter("provider", _("provider"), provider_names),
        choice_filter("after", _("new state"), _states),
    )
    date_hierarchy = "at"
    fields = ("provider", "when", "change", "reason_phrase", "detail_as_recorded", "ends", "author", "generation")

    @admin.display(description=_("when"), ordering="at")
    def when(self, obj: CircuitEvent) -> str:
        return formatting.exact(obj.at)

    @admin.display(description=_("transition"))
    def change(self, obj: CircuitEvent) -> SafeString:
        return transition(obj)

    @admin.display(description=_("reason"))
    def reason_phrase(self, obj: CircuitEvent) -> str:
        return formatting.reason(obj.reason) or formatting.UNKNOWN

    @admin.display(description=_("until"))
    def ends(self, obj: CircuitEvent) -> str:
        return formatting.moment(obj.until)

    @admin.display(description=_("detail"))
    def detail_as_recorded(self, obj: CircuitEvent) -> SafeString | str:
        return formatting.verbatim(obj.detail) or formatting.UNKNOWN

    @admin.display(description=_("by"))
    def author(self, obj: CircuitEvent) -> str:
        return formatting.author(obj.by)
