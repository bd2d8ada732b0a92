"""How many retries a provider may see: a tenth of its calls, so that an outage never multiplies traffic."""

RATIO = 0.1
CAPACITY = 10.0
START = 1.0
"""A quiet worker may retry once before it has earned anything: else low traffic would never retry."""


class RetryBudget:
    """A token bucket per provider, in this process: a call earns a tenth, a retry spends one.

    Source of the tenth: Google's SRE book, "Handling Overload", per-client retry budget.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, float] = {}

    def earn(self, provider: str) -> None:
        """Counts one first try at `provider`."""
        self._tokens[provider] = min(self._tokens.get(provider, START) + RATIO, CAPACITY)

    def may_spend(self, provider: str) -> bool:
        return self._tokens.get(provider, START) >= 1.0

    def spend(self, provider: str) -> None:
        """Counts one retry at `provider`."""
        self._tokens[provider] = self._tokens.get(provider, START) - 1.0

    def clear(self) -> None:
        """Starts anew for every provider."""
        self._tokens.clear()
