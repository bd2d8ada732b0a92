"""What has happened to one call so far: the attempts and skips, gathered while it is under way."""

from llm.core.calls import Attempt, CallInfo, Skip, Trail
from llm.core.failures.policy import Failure


class TrailRecorder:
    """One call on its way. The router adds to it; whoever holds it can always tell the story so far."""

    def __init__(self, call: CallInfo) -> None:
        self.call = call
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
        self._attempts.append(attempt)

    @property
    def last_failure(self) -> Failure | None:
        """Why the latest attempt that failed did so, if any did."""
        return next((a.failure for a in reversed(self._attempts) if a.failure is not None), None)
