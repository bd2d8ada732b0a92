"""The screen of reconciliations: our costs of a day beside the vendor's report, and the causes of differences."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.admin.base import ReadOnlyAdmin
from llm.models import Reconciliation
from llm.services.reconcile.words import CAUSES, NO_DIFFERENCE


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    list_display = ("day", "account", "ours", "theirs", "differing", "unexplained", "causes")
    list_filter = ("account",)
    date_hierarchy = "day"
    fields = ("day", "account", "at", "source", "ours", "theirs", "differing", "unexplained", "lines")
    readonly_fields = fields

    @admin.display(description=_("ours"), ordering="ours_usd")
    def ours(self, obj: Reconciliation) -> str:
        return formatting.money(obj.ours_usd)

    @admin.display(description=_("the vendor's"), ordering="theirs_usd")
    def theirs(self, obj: Reconciliation) -> str:
        return formatting.money(obj.theirs_usd)

    @admin.display(description=_("differing"), ordering="share")
    def differing(self, obj: Reconciliation) -> str:
        return formatting.percent(obj.share)

    @admin.display(description=_("unexplained"), ordering="unexplained_usd")
    def unexplained(self, obj: Reconciliation) -> str:
        return formatting.money(obj.unexplained_usd)

    @admin.display(description=_("causes"))
    def causes(self, obj: Reconciliation) -> str:
        names = dict.fromkeys(str(CAUSES.get(each["cause"], each["cause"])) for each in obj.differences)
        return ", ".join(names) or str(NO_DIFFERENCE)

    @admin.display(description=_("differences"))
    def lines(self, obj: Reconciliation) -> SafeString | str:
        lines = [
            (
                formatting.money(each["usd"]),
                CAUSES.get(each["cause"], each["cause"]),
                " ".join(part for part in (each["model"], each["tier"], each["detail"]) if part),
            )
            for each in obj.differences
        ]
        return format_html_join("", "<p>{} {} {}</p>", lines) or str(NO_DIFFERENCE)
