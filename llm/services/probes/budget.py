"""The daily budget (UTC) of the worker's billed probes, and how much of it is spent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from llm.conf import llm_settings
from llm.incidents import Incident
from llm.stores.data_thread import data_thread
from llm.stores.probe_costs import spent_since
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

budget_unknown = Incident("probe_budget_unknown", log)

QUERY_TIMEOUT_S = 5.0
"""Longer than for requests: no caller waits for a probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeBudget:
    """What billed probes have cost on one day, and the limit. At `renewed_at` the next day's budget begins."""

    spent_usd: float
    limit_usd: float
    renewed_at: datetime | None = None

    @property
    def spent(self) -> bool:
        return self.spent_usd >= self.limit_usd


def budget_of_day(now: datetime) -> ProbeBudget | None:
    """The budget of the day of `now` (aware, UTC); None when LLM_PROBE_BUDGET_USD is 0, which allows no billed probe.

    Queries the database. Raises DatabaseError.
    """
    limit = llm_settings().probe_budget_usd
    if not limit:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = float(spent_since(midnight))
    return ProbeBudget(spent_usd=spent, limit_usd=limit, renewed_at=midnight + timedelta(days=1))


async def postponement(now: datetime) -> str | None:
    """Why a billed probe has to wait, as a sentence; None when the budget allows one now.

    Workers that check at the same moment can exceed the limit together, by one probe each.
    """
    try:
        budget = await data_thread.run(lambda: budget_of_day(now), timeout_s=QUERY_TIMEOUT_S)
    except (TimeoutError, *UNAVAILABLE) as error:
        budget_unknown.note(error=type(error).__name__)
        return "due, but postponed: the cost of today's probes cannot be read; no billed probe is made until it can"
    if budget is None:
        return "due, but postponed: billed probes are switched off (LLM_PROBE_BUDGET_USD=0)"
    if not budget.spent:
        return None
    return (
        f"due, but postponed: today's probe budget is spent ({budget.spent_usd:.2f} of {budget.limit_usd:.2f} USD); "
        f"next billed probe after {budget.renewed_at:%Y-%m-%d %H:%M} UTC"
    )
