"""The figures of a period or of a group.

Definitions, the same for the totals and for each group:

- calls: requests that began in the period; tests and probes count only when asked for.
- attempts: requests to vendors made for those calls; failures: the failed ones among them by error class.
- successes: calls that a vendor answered. Static answers are counted apart.
- rejected: calls refused for their content; cancelled: calls whose caller disconnected.
- fallbacks: successes answered by another provider than the first of their chain, which failed in this
  call or was skipped.
- availability: successes / (calls - rejected - cancelled); None when the divisor is 0.
- latency and first token: milliseconds from request to complete answer, and to the first token of streams, of the
  successes; percentiles by nearest rank, within 2.5 %.
- cost_parts: the cost by what it was paid for. Each attempt's part is rounded to a billionth; `rest` is what no part
  names: records without parts, prices of a request itself, and what rounding leaves. Together they are the cost.
- saved: what reads of the vendors' caches would have cost more at the plain rate.
- tokens and cost: those of all attempts, since vendors may bill failed and interrupted ones too. unpriced: attempts
  that used something without a known price; their cost is not in the sum.

Grouped by provider or model, a call counts for the provider that answered ("static" for the static
tier, "" without an answer); attempts, tokens and cost count for the provider that was tried. By error class, a call
counts where its own failure is, an attempt where its failure is. Attempts count where their call began.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from llm.core.usage.histogram import percentiles
from llm.core.usage.sums import PARTS, Sums, dollars

PERCENTILES = (50, 95, 99)


class Field(StrEnum):
    """What an answer has of each group, in its order."""

    CALLS = "calls"
    ATTEMPTS = "attempts"
    SUCCESSES = "successes"
    FAILURES = "failures"
    FALLBACKS = "fallbacks"
    STATIC_ANSWERS = "static_answers"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    AVAILABILITY = "availability"
    LATENCY = "latency_ms"
    FIRST_TOKEN = "first_token_ms"  # noqa: S105  no secret
    TOKENS = "tokens"
    UNPRICED = "unpriced"
    COST = "cost_usd"
    SAVED = "saved_usd"
    COST_PARTS = "cost_parts"


EVERYTHING = tuple(Field)
USUAL = tuple(name for name in Field if name is not Field.COST_PARTS)
"""The fields of an answer that was asked for none. The parts of the cost are read when they are asked for."""


@dataclass(slots=True)
class Figures:
    """The numbers of one group, or of the period; the module's docstring defines them."""

    sums: Sums = field(default_factory=Sums)

    def merge(self, other: "Figures") -> None:
        self.sums.add(other.sums)

    @property
    def failures(self) -> dict[str, int]:
        return self.sums.failures

    @property
    def successes(self) -> int:
        return self.sums.answered

    @property
    def static_answers(self) -> int:
        return self.sums.static

    @property
    def fallbacks(self) -> int:
        return self.sums.fallbacks

    @property
    def availability(self) -> float | None:
        """From 0 to 1; None when every call was rejected or cancelled."""
        answerable = self.sums.calls - self.sums.rejected - self.sums.cancelled
        return self.sums.answered / answerable if answerable > 0 else None

    @property
    def latency_ms(self) -> dict[int, float]:
        return percentiles(self.sums.latency, PERCENTILES)

    @property
    def first_token_ms(self) -> dict[int, float]:
        return percentiles(self.sums.first_token, PERCENTILES)

    @property
    def cost_usd(self) -> Decimal:
        return self.sums.cost_usd

    @property
    def saved_usd(self) -> Decimal:
        return dollars(self.sums.saved_nano)

    @property
    def cost_parts(self) -> dict[str, Decimal]:
        """US dollars by part; together they are `cost_usd`."""
        parts = {name.removesuffix("_nano"): dollars(getattr(self.sums, name)) for name in PARTS}
        return {**parts, "rest": dollars(self.sums.cost_rest_nano)}
