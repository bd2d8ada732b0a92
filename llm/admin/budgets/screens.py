"""The screens of limits and budgets, with their state."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from llm.admin.base import RightsAdmin
from llm.models import Budget, Limit
from llm.stores.budgets.state import State, budget_state, limit_states


@admin.register(Limit)
class LimitAdmin(RightsAdmin):
    list_display = ("name", "scope", "target", "requests_per_minute", "tokens_per_minute", "at_once", "now", "enabled")
    list_filter = ("scope",)
    fields = ("name", ("scope", "target"), ("requests_per_minute", "tokens_per_minute", "at_once"), "enabled")

    @admin.display(description=_("now"))
    def now(self, row: Limit) -> str:
        return ", ".join(_shown(state) for state in limit_states(row, timezone.now()))


@admin.register(Budget)
class BudgetAdmin(RightsAdmin):
    list_display = ("name", "scope", "target", "span", "spent", "renews", "at_limit", "soft", "enabled")
    list_filter = ("scope", "span")
    fields = (
        "name",
        ("scope", "target"),
        ("usd", "tokens"),
        ("span", "rolling_hours", "zone"),
        ("at_limit", "cheaper_route", "soft"),
        ("unpriced", "unpriced_usd"),
        "enabled",
    )

    @admin.display(description=_("spent"))
    def spent(self, row: Budget) -> str:
        state = budget_state(row, timezone.now())
        return f"{_shown(state)} ({state.percent} %)"

    @admin.display(description=_("renews"))
    def renews(self, row: Budget) -> str:
        renews_at = budget_state(row, timezone.now()).renews_at
        return f"{renews_at:%Y-%m-%d %H:%M} UTC" if renews_at else "-"


def _shown(state: State) -> str:
    if state.unit == "usd":
        return f"{state.spent:.4f} / {state.cap:.2f} USD"
    amount = state.reserved if state.unit == "at_once" else state.spent
    return f"{amount:.0f} / {state.cap:.0f}"
