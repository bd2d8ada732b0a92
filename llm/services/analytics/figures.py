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
- tokens and cost: those of all attempts, since vendors may bill failed and interrupted ones too. unpriced: attempts
  that used something without a known price; their cost is not in the sum.

Grouped by provider or model, a call counts for the provider that answered ("static" for the static
tier, "" without an answer); attempts, tokens and cost count for the provider that was tried. By error class, a call
counts where its own failure is, an attempt where its failure is. Attempts count where their call began.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from llm.core.usage.histogram import percentiles
from llm.core.usage.sums import Sums

PERCENTILES = (50, 95, 99)


@dataclass(slots=True)
class Figures:
    """The numbers of one group, or of the period; the module's docstring defines them."""

    sums: Sums = field(default_factory=Sums)
    failures: dict[str, int] = field(default_factory=dict)

    def add(self, sums: Sums, error_class: str) -> None:
        """Adds the sums of one error class."""
        self.sums.add(sums)
        if sums.failed:
            self.failures[error_class] = self.failures.get(error_class, 0) + sums.failed

    def merge(self, other: "Figures") -> None:
        self.sums.add(other.sums)
        for error_class, number in other.failures.items():
            self.failures[error_class] = self.failures.get(error_class, 0) + number

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
