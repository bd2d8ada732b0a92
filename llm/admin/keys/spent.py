"""What keys, consumers and teams have spent, for their lists: one report a page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.services.analytics.question import Grouping, Question
from llm.services.analytics.report import report


@dataclass(slots=True)
class Spent:
    """Calls and US dollars."""

    calls: int = 0
    usd: Decimal = Decimal(0)

    def __str__(self) -> str:
        calls = _("%(n)s calls") % {"n": formatting.whole(self.calls)}
        return f"{formatting.money(self.usd)}, {calls}"


def spent_by(grouping: Grouping, last: timedelta, name: Callable[[tuple[object, ...]], object]) -> dict[object, Spent]:
    """What was spent since, by `name` of the group's key."""
    now: datetime = timezone.now()
    question = Question(start=now - last, end=now, zone=ZoneInfo("UTC"), group_by=(grouping,))
    sums: dict[object, Spent] = {}
    for group in report(question).groups:
        spent = sums.setdefault(name(group.key), Spent())
        spent.calls += group.figures.sums.calls
        spent.usd += group.figures.cost_usd
    return sums
