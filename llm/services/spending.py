"""What each spending rule sees now."""

from datetime import datetime
from time import monotonic
from zoneinfo import ZoneInfo

from llm.conf import llm_settings
from llm.core.usage.dimensions import Dimension
from llm.core.usage.periods import DAY
from llm.core.usage.spending import WEEK, Rule, Seen, Watch, period
from llm.core.usage.sums import Sums
from llm.models import SpendingRule
from llm.services.runtime import clock
from llm.stores.usage.read import sums_of_period
from llm.stores.usage.rows import Asked

KEPT_S = 60.0
"""How old the values of `recent_spending` may be. The worker looks for alerts every five seconds."""


def look(rule: Rule, now: datetime) -> Seen:
    """What the rule sees, tests and probes included: the vendor bills them."""
    zone = ZoneInfo(llm_settings().time_zone)
    start, end = period(rule.watch, now, zone)
    sums = _sums(rule, start, end, zone)
    seen = Seen(start=start, usd=sums.cost_usd, unpriced=sums.unpriced)
    if rule.watch is not Watch.JUMP:
        return seen
    before = _sums(rule, start - WEEK, end - WEEK, zone)
    is_known = before.attempts or _sums(rule, start - WEEK - DAY, end - WEEK, zone).attempts
    return Seen(
        start=start, usd=sums.cost_usd, unpriced=sums.unpriced, before_usd=before.cost_usd if is_known else None
    )


def _sums(rule: Rule, start: datetime, end: datetime, zone: ZoneInfo) -> Sums:
    named = {Dimension.PROVIDER: rule.provider, Dimension.ROUTE: rule.route}
    filters = {dimension: name for dimension, name in named.items() if name}
    asked = Asked(by=(Dimension.PROVIDER,), filters=filters, tests=True, zone=zone)
    total = Sums()
    for sums in sums_of_period(start, end, asked, histograms=()).values():
        total.add(sums)
    return total


class RecentSpending:
    """What the rules saw at most KEPT_S ago, for the worker, which looks more often. For one thread."""

    def __init__(self) -> None:
        self._read_at: float | None = None
        self._seen: tuple[tuple[Rule, Seen], ...] = ()

    def read(self) -> tuple[tuple[Rule, Seen], ...]:
        """The enabled rules with what they see. Raises DatabaseError."""
        if self._read_at is None or monotonic() - self._read_at > KEPT_S:
            now = clock.now()
            rules = [row.rule for row in SpendingRule.objects.filter(enabled=True)]
            self._seen = tuple((rule, look(rule, now)) for rule in rules)
            self._read_at = monotonic()
        return self._seen

    def forget(self) -> None:
        """The next reader reads the database."""
        self._read_at = None


recent_spending = RecentSpending()
