"""The money that the worker's billed probes may cost in a day (UTC), and what is left of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from llm.conf import llm_settings
from llm.stores.data_thread import data_thread
from llm.stores.probe_costs import spent_since
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

PATIENCE_S = 5.0
"""No caller waits for a probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeBudget:
    """The money that paid probes may cost. `renewed_at`: when there is new one."""

    spent_usd: float
    limit_usd: float
    renewed_at: datetime | None = None

    @property
    def spent(self) -> bool:
        return self.spent_usd >= self.limit_usd


def today(now: datetime) -> ProbeBudget | None:
    """The budget of the day of `now` (aware, UTC); None when LLM_PROBE_BUDGET_USD is 0, which is no budget to spend.

    Synchronous. Raises DatabaseError.
    """
    limit = llm_settings().probe_budget_usd
    if not limit:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = float(spent_since(midnight))
    return ProbeBudget(spent_usd=spent, limit_usd=limit, renewed_at=midnight + timedelta(days=1))


async def refusal(now: datetime) -> str | None:
    """Why no billed probe may be made now, as a sentence; None when one may.

    Workers that look at the same moment may together go over the limit, by one probe each.
    """
    try:
        budget = await data_thread.run(lambda: today(now), timeout_s=PATIENCE_S)
    except (TimeoutError, *UNAVAILABLE) as error:
        log.warning("probe_budget_unknown", error=type(error).__name__)
        return "due, but what today's probes have cost cannot be read, so no billed one is made"
    if budget is None:
        return "due, but billed probes are switched off (LLM_PROBE_BUDGET_USD=0)"
    if not budget.spent:
        return None
    return (
        f"due, but today's probe budget is spent ({budget.spent_usd:.2f} of {budget.limit_usd:.2f} USD): "
        f"asked again after {budget.renewed_at:%Y-%m-%d %H:%M} UTC"
    )
