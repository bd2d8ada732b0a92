"""The async interface to Idempotency-Keys: its own thread, bounded waits; an outage never fails a request.

The thread is separate from the one of circuits and configuration: encrypting a long answer takes
milliseconds, and every request waits for that one.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import structlog

from llm.idempotency import rows
from llm.idempotency.keys import KeptAnswer
from llm.idempotency.rows import Claim, ClaimResult
from llm.incidents import Incident
from llm.stores.data_thread import DataThread
from llm.stores.timeouts import configured_s
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

TIMEOUT_S = 1.0
"""Longer than other waits for the database: a sender of a key asks for it, and a second call costs money."""
RETRY_AFTER_S = 1.0
"""How long the store skips the database after a failure, so that an outage delays few requests."""


class StoreUnavailable(Exception):
    """The database is unavailable, or was within the last second."""


class IdempotencyStore:
    """One instance serves all event loops and threads of a process."""

    def __init__(self, thread: DataThread | None = None) -> None:
        self._thread = thread or DataThread()
        self._unavailable_until = 0.0
        self._unavailable = Incident("idempotency_unavailable", log, ended="idempotency_back", quiet_s=None)

    async def claim(self, claim: Claim, fingerprint: str) -> KeptAnswer | ClaimResult:
        """Claims the key as `rows.claim` does. Raises StoreUnavailable.

        ACQUIRED after a timeout: the claim may still succeed, and `keep` tests the lease again.
        """
        if monotonic() < self._unavailable_until:
            raise StoreUnavailable
        try:
            claimed = await self._thread.run(lambda: rows.claim(claim, fingerprint, _now()), timeout_s=_timeout_s())
        except TimeoutError:
            self._note_failure("the database is slow")
            return ClaimResult.ACQUIRED
        except UNAVAILABLE as error:
            self._note_failure(type(error).__name__)
            raise StoreUnavailable from None
        self._unavailable.over()
        return claimed

    async def keep(self, claim: Claim, answer: KeptAnswer) -> None:
        """Stores the answer. Returns after the timeout; the write then continues in the background."""
        try:
            kept = await self._thread.run(lambda: rows.keep(claim, answer, _now()), timeout_s=_timeout_s())
        except TimeoutError:
            log.warning("idempotent_answer_late", key=claim.scope.digest[:12])
        except UNAVAILABLE as error:
            self._note_failure(type(error).__name__)
        else:
            if not kept:
                log.warning("idempotent_answer_not_kept", key=claim.scope.digest[:12])

    def renew(self, claim: Claim) -> None:
        """Extends the lease, in the background."""
        self._submit(lambda: rows.renew(claim, _now()))

    def release(self, claim: Claim) -> None:
        """Frees the key in the background, so that a task being cancelled may call it."""
        self._submit(lambda: rows.release(claim))

    def close(self) -> None:
        """Ends the thread when its work is done; the next use starts a new one."""
        self._thread.close()

    def forget(self) -> None:
        """Drops the memory of a failure: the next claim reaches the database."""
        self._unavailable_until = 0.0
        self._unavailable.forget()

    def _submit(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except UNAVAILABLE as error:
                self._note_failure(type(error).__name__)  # the lease expires by itself

        self._thread.submit(run)

    def _note_failure(self, error: str) -> None:
        self._unavailable_until = monotonic() + RETRY_AFTER_S
        self._unavailable.note(error=error, meaning="repeated requests run again")


def _timeout_s() -> float:
    return max(TIMEOUT_S, configured_s())


def _now() -> datetime:
    return datetime.now(UTC)


idempotency_store = IdempotencyStore()
