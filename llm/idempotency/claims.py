"""One answer for requests that bring the same Idempotency-Key, though they race, in whichever worker."""

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
"""Between two signs of life of a holder: a lease outlasts three that are lost."""
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
"""Between two looks of those that wait. Most answers take seconds."""


class KeyReused(Exception):
    """The key came with another body before."""


class KeyBusy(Exception):
    """The first request with this key is still under way, and the time to wait for it is over."""


class ActiveClaim:
    """The right, and the duty, to answer for a key. End it by `keep` or `release`; a dropped one is released."""

    def __init__(self, claimed: Claim) -> None:
        self._mark = claimed
        self._signs = asyncio.get_running_loop().create_task(_signs_of_life(weakref.ref(self), claimed))

    async def keep(self, answer: KeptAnswer) -> None:
        """Repeats get this answer from now on."""
        self._signs.cancel()
        await idempotency_store.keep(self._mark, answer)

    def release(self) -> None:
        """The next request with the key is a new one; so is the first of those that wait."""
        self._signs.cancel()
        idempotency_store.release(self._mark)


async def claim(scope: Scope, fingerprint: str) -> ActiveClaim | KeptAnswer | None:
    """The answer that the key has already, or the right to answer; waits while another request is at it.

    None when the database is away: then the request is answered without this protection. Raises
    KeyReused, and KeyBusy after a call's deadline.
    """
    claimed = Claim(scope=scope, holder=str(uuid7()))
    until, pause = clock.monotonic() + llm_settings().deadline_s, FIRST_PAUSE_S
    try:
        while True:
            match await idempotency_store.claim(claimed, fingerprint):
                case KeptAnswer() as answer:
                    return answer
                case ClaimResult.ACQUIRED:
                    return ActiveClaim(claimed)
                case ClaimResult.DIFFERENT_BODY:
                    raise KeyReused
            if clock.monotonic() + pause > until:
                raise KeyBusy
            await clock.sleep(pause)
            pause = min(1.5 * pause, LONGEST_PAUSE_S)
    except StoreUnavailable:
        return None
    except asyncio.CancelledError:
        idempotency_store.release(claimed)  # it may have become ours in this very moment
        raise


def prune() -> int:
    """Deletes the answers that are over a day old, and claims of processes that died; answers how many."""
    return idempotent_rows.prune(datetime.now(UTC))


async def _signs_of_life(held: "weakref.ref[ActiveClaim]", claimed: Claim) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        if held() is None:  # its response was dropped before it went out
            idempotency_store.release(claimed)
            return
        idempotency_store.renew(claimed)
