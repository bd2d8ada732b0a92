"""The attempts and skips of a call, recorded while it is under way."""

from collections.abc import Callable
from dataclasses import replace

from llm.core.calls import Attempt, Skip, Trail
from llm.core.cost.value import Cost
from llm.core.failures.policy import Failure


class TrailRecorder:
    """Collects attempts by their numbers, and skips in order. `trail` is complete at any moment."""

    def __init__(self) -> None:
        self._attempts: list[Attempt] = []
        self._skips: list[Skip] = []

    @property
    def trail(self) -> Trail:
        return Trail(attempts=tuple(self._attempts), skips=tuple(self._skips))

    @property
    def tries(self) -> int:
        return len(self._attempts)

    def tries_at(self, provider: str) -> int:
        return sum(attempt.provider == provider for attempt in self._attempts)

    def skip(self, *skips: Skip) -> None:
        self._skips.extend(skips)

    def add(self, attempt: Attempt) -> None:
        """Adds an attempt that has ended. Of two at once the later one may end first."""
        self._attempts.append(attempt)
        if attempt.seq < len(self._attempts):
            self._attempts.sort(key=lambda known: known.seq)

    def set_costs(self, price: Callable[[Attempt], Cost]) -> None:
        """Gives each attempt that has no cost yet its own. A cost that is there stays: it may have been shown."""
        self._attempts = [
            attempt if attempt.cost is not None else replace(attempt, cost=price(attempt)) for attempt in self._attempts
        ]

    @property
    def last_failure(self) -> Failure | None:
        """The failure of the latest attempt that failed; None when none did."""
        return next((a.failure for a in reversed(self._attempts) if a.failure is not None), None)
