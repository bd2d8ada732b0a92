"""Gives concurrent requests with the same Idempotency-Key one answer, across all workers."""

import asyncio
import weakref
from datetime import UTC, datetime

from llm.conf import llm_settings
from llm.idempotency import rows as idempotent_rows
from llm.idempotency.keys import KeptAnswer, Scope
from llm.idempotency.rows import Claim, ClaimResult
from llm.idempotency.store import StoreUnavailable, idempotency_store
from llm.ids import uuid7
from llm.services.runtime import clock

__all__ = ["ActiveClaim", "KeptAnswer", "KeyBusy", "KeyReused", "Scope", "claim", "prune"]

RENEW_S = 5.0
"""Between two renewals of a lease. A lease (20 s) outlasts three lost renewals."""
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
"""Between two claims of a waiting request. Most answers take seconds."""


class KeyReused(Exception):
    """An earlier request used the key with another body."""


class KeyBusy(Exception):
    """The first request with this key was still running when the wait for it ended."""


class ActiveClaim:
    """A claimed key whose lease is renewed in the background. `keep` or `release` ends it.

    Needs a running event loop. A claim that is garbage-collected is released.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._renewal = asyncio.get_running_loop().create_task(_renew_lease(weakref.ref(self), claim))

    async def keep(self, answer: KeptAnswer) -> None:
        """Stores the answer; later requests with the key receive it."""
        self._renewal.cancel()
        await idempotency_store.keep(self._claim, answer)

    def release(self) -> None:
        """Frees the key in the background; the next request with it, waiting or new, runs."""
        self._renewal.cancel()
        idempotency_store.release(self._claim)


async def claim(scope: Scope, fingerprint: str) -> ActiveClaim | KeptAnswer | None:
    """Returns the kept answer of the key, or claims the key. Waits while another request runs.

    None when the database is unavailable: the request then runs unprotected. Raises KeyReused, and
    KeyBusy after a call's deadline.
    """
    own_claim = Claim(scope=scope, holder=str(uuid7()))
    until, pause = clock.monotonic() + llm_settings().deadline_s, FIRST_PAUSE_S
    try:
        while True:
            match await idempotency_store.claim(own_claim, fingerprint):
                case KeptAnswer() as answer:
                    return answer
                case ClaimResult.ACQUIRED:
                    return ActiveClaim(own_claim)
                case ClaimResult.DIFFERENT_BODY:
                    raise KeyReused
            if clock.monotonic() + pause > until:
                raise KeyBusy
            await clock.sleep(pause)
            pause = min(1.5 * pause, LONGEST_PAUSE_S)
    except StoreUnavailable:
        return None
    except asyncio.CancelledError:
        idempotency_store.release(own_claim)  # the database may have granted it in this moment
        raise


def prune() -> int:
    """Deletes answers older than a day and claims of dead processes; returns the number of rows."""
    return idempotent_rows.prune(datetime.now(UTC))


async def _renew_lease(active: "weakref.ref[ActiveClaim]", claim: Claim) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        if active() is None:  # the response was dropped before it was sent
            idempotency_store.release(claim)
            return
        idempotency_store.renew(claim)
