"""A budget as a bar: what is spent of it, green, amber from 80 %, red from 100 %."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.models import Budget
from llm.stores.budgets.state import State, budget_states

AMBER, RED = 80, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """`width`: per cent, 1 to 100, so that a bar is always seen; `colour`: a class of our style."""

    name: str
    text: str
    width: int
    colour: str

    @property
    def label(self) -> str:
        """The text with the budget's name before it."""
        return formatting.pair(self.name, self.text)


def bar_of(budget: Budget, state: State) -> Bar:
    """ "$12.40 of $20.00, renews in 12 days"."""
    percent = state.percent
    colour = "djb-red" if percent >= RED else "djb-amber" if percent >= AMBER else "djb-green"
    text = _("%(spent)s of %(cap)s") % {"spent": amount(state, state.spent), "cap": amount(state, state.cap)}
    if state.renews_at is not None:
        text += ", " + _("renews in %(time)s") % {"time": formatting.until(state.renews_at)}
    return Bar(name=budget.name, text=text, width=max(1, min(percent, 100)), colour=colour)


def bars_by_target(scope: str, targets: Iterable[str]) -> dict[str, list[Bar]]:
    """The bars of the targets' budgets in force, by target. Two queries, whose size grows with the targets."""
    rows = list(Budget.objects.filter(scope=scope, target__in=list(targets), enabled=True))
    states = budget_states(rows, timezone.now())
    bars: dict[str, list[Bar]] = {}
    for row in rows:
        bars.setdefault(row.target, []).append(bar_of(row, states[row.pk]))
    return bars


def drawn(bars: Iterable[Bar]) -> SafeString | str:
    """The bars for a cell of a list, without their names; "-" without any."""
    html = "".join(render_to_string("admin/llm/bar.html", {"bar": bar, "short": True}) for bar in bars)
    return mark_safe(html) or formatting.UNKNOWN  # noqa: S308  the template escapes


def amount(state: State, value: Decimal) -> str:
    """Dollars, or a number of tokens, requests or calls."""
    return formatting.money(value) if state.unit == "usd" else formatting.whole(value)
