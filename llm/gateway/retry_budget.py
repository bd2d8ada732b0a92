"""How many retries a provider may see: a tenth of its calls, so that an outage never multiplies traffic."""

from collections import deque

RATIO = 0.1
CAPACITY = 10.0
FLOOR = 10
"""Retries a minute that are always granted: low traffic earns too little, and cannot overload a vendor."""
MINUTE_S = 60.0


class RetryBudget:
    """A token bucket per provider, in this process: a call earns a tenth, a retry beyond the floor spends one.

    It also knows whether the last wait that a provider stated ended in an answer. `now` is seconds on the monotonic
    clock. Source of the tenth and of the floor: Google's SRE book, "Handling Overload"; Finagle's RetryBudget.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, float] = {}
        self._spent_at: dict[str, deque[float]] = {}
        self._vain_waits: set[str] = set()

    def earn(self, provider: str) -> None:
        """Counts one first try at `provider`."""
        self._tokens[provider] = min(self._tokens.get(provider, 0.0) + RATIO, CAPACITY)

    def may_spend(self, provider: str, now: float) -> bool:
        return self._is_below_floor(provider, now) or self._tokens.get(provider, 0.0) >= 1.0

    def spend(self, provider: str, now: float) -> None:
        """Counts one retry at `provider`."""
        if not self._is_below_floor(provider, now):
            self._tokens[provider] = self._tokens.get(provider, 0.0) - 1.0
        self._spent_at.setdefault(provider, deque(maxlen=FLOOR)).append(now)

    def waits_pay(self, provider: str) -> bool:
        """Whether the last wait that `provider` stated, and that was waited out, ended in an answer."""
        return provider not in self._vain_waits

    def note_wait(self, provider: str, *, answered: bool) -> None:
        """Notes how a retry after a stated wait ended."""
        (self._vain_waits.discard if answered else self._vain_waits.add)(provider)

    def clear(self) -> None:
        """Empties the window of every provider."""
        self._tokens.clear()
        self._spent_at.clear()
        self._vain_waits.clear()

    def _is_below_floor(self, provider: str, now: float) -> bool:
        spent_at = self._spent_at.get(provider, ())
        return sum(now - at < MINUTE_S for at in spent_at) < FLOOR
