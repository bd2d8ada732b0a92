"""Idempotency-Keys as async code sees them: on a thread of their own, with bounded waits, and never in the way.

Not the thread of circuits and configuration: encrypting a long answer takes milliseconds, and
every request waits for those.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import structlog

from llm.idempotency import rows
from llm.idempotency.keys import KeptAnswer
from llm.idempotency.rows import Claim, ClaimResult
from llm.stores.data_thread import DataThread
from llm.stores.timeouts import configured_s
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

PATIENCE_S = 1.0
"""More than other requests wait for the database: who sends a key has asked for it, and a second call costs money."""
AWAY_S = 1.0
"""For so long after a failure the database is not asked, so that an outage costs one request in many its patience."""


class StoreUnavailable(Exception):
    """The database cannot be asked now."""


class IdempotencyStore:
    """One instance serves all event loops and threads of a process."""

    def __init__(self, thread: DataThread | None = None) -> None:
        self._thread = thread or DataThread()
        self._away_until = 0.0

    async def claim(self, claimed: Claim, fingerprint: str) -> KeptAnswer | ClaimResult:
        """See `idempotent_rows.claim`. Raises Away.

        When it takes too long the key is MINE: perhaps it is, and who keeps an answer for it will learn it.
        """
        if monotonic() < self._away_until:
            raise StoreUnavailable
        try:
            return await self._thread.run(lambda: rows.claim(claimed, fingerprint, _now()), timeout_s=_patience_s())
        except TimeoutError:
            self._note_trouble("the database is slow")
            return ClaimResult.ACQUIRED
        except UNAVAILABLE as error:
            self._note_trouble(type(error).__name__)
            raise StoreUnavailable from None

    async def keep(self, claimed: Claim, answer: KeptAnswer) -> None:
        """Stores the answer; when that takes long, it goes on without the caller."""
        try:
            kept = await self._thread.run(lambda: rows.keep(claimed, answer, _now()), timeout_s=_patience_s())
        except TimeoutError:
            log.warning("idempotent_answer_late", key=claimed.scope.digest[:12])
        except UNAVAILABLE as error:
            self._note_trouble(type(error).__name__)
        else:
            if not kept:
                log.warning("idempotent_answer_not_kept", key=claimed.scope.digest[:12])

    def renew(self, claimed: Claim) -> None:
        """Prolongs the lease, in the background."""
        self._soon(lambda: rows.renew(claimed, _now()))

    def release(self, claimed: Claim) -> None:
        """Frees the key, in the background: also for tasks that are being cancelled."""
        self._soon(lambda: rows.release(claimed))

    def close(self) -> None:
        """Ends the thread when its work is done; the next use starts a new one."""
        self._thread.close()

    def forget(self) -> None:
        """Asks the database again, whatever was known of it."""
        self._away_until = 0.0

    def _soon(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except UNAVAILABLE as error:
                self._note_trouble(type(error).__name__)  # the lease ends by itself

        self._thread.submit(run)

    def _note_trouble(self, error: str) -> None:
        self._away_until = monotonic() + AWAY_S
        log.warning("idempotency_unavailable", error=error, meaning="repeated requests are answered anew")


def _patience_s() -> float:
    return max(PATIENCE_S, configured_s())


def _now() -> datetime:
    return datetime.now(UTC)


idempotency_store = IdempotencyStore()
