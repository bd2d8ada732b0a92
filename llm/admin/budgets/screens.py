"""The screens of limits and budgets, with their state."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from llm.admin.base import RightsAdmin
from llm.admin.budgets.bars import bar_of, drawn
from llm.admin.keys.usage_links import UsageLinksAdmin
from llm.models import Budget, Limit
from llm.stores.budgets.state import State, budget_states, limit_states


@admin.register(Limit)
class LimitAdmin(RightsAdmin):
    list_display = ("name", "scope", "target", "requests_per_minute", "tokens_per_minute", "at_once", "now", "enabled")
    list_filter = ("scope",)
    fields = ("name", ("scope", "target"), ("requests_per_minute", "tokens_per_minute", "at_once"), "enabled")

    @admin.display(description=_("now"))
    def now(self, row: Limit) -> str:
        return ", ".join(_shown(state) for state in limit_states(row, timezone.now()))


class BudgetChangeList(ChangeList):
    """Reads the states of all rows of the page at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        states = budget_states(self.result_list, timezone.now())
        for row in self.result_list:
            row.state = states[row.pk]


@admin.register(Budget)
class BudgetAdmin(UsageLinksAdmin):
    list_display = ("name", "whose", "spent", "at_limit", "soft", "enabled")
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

    @admin.display(description=_("of"))
    def whose(self, row: Budget) -> str:
        return " ".join(part for part in (str(row.get_scope_display()), _target(row)) if part)

    @admin.display(description=_("spent"))
    def spent(self, row: Budget) -> SafeString | str:
        return drawn([bar_of(row, row.state)])  # type: ignore[attr-defined]  # set by the list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BudgetChangeList]:
        return BudgetChangeList


def _target(row: Budget) -> str:
    """A key's budget is shown by the name that it was given, since its target is an id."""
    return "" if row.scope == Budget.ScopeKind.KEY else row.target


def _shown(state: State) -> str:
    if state.unit == "usd":
        return f"{state.spent:.4f} / {state.cap:.2f} USD"
    amount = state.reserved if state.unit == "at_once" else state.spent
    return f"{amount:.0f} / {state.cap:.0f}"
