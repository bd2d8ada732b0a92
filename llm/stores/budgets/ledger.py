"""The worker's ledger: calls reserve of slices that it has leased from the stores that all workers share.

Budgets are shared through the database, limits through Redis where there is one. A call waits for a store only when no
slice is left, for at most WAIT_S. While a store is away the worker spends the slices that it has, and refuses what is
beyond them.
"""

import asyncio
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress

from llm.core.budgets.rules import Rule
from llm.stores.budgets.account import Ask, Denied, is_booked_with_the_call
from llm.stores.budgets.holdings import Holdings, Waiter
from llm.stores.budgets.redis import RedisLimits, limits
from llm.stores.budgets.rows import DatabaseLedger
from llm.stores.budgets.turns import Store, Turns

WAIT_S = 1.0
"""How long a call waits for a slice. A store that takes longer is away."""


class LedgerAway(Exception):
    """No slice is left, and the store does not answer."""


class Ledger:
    """The accounts of a process. All its threads and event loops share one; a forked child begins anew.

    `redis`: where limits are shared; None: in the database, as budgets are.
    """

    def __init__(self, redis: RedisLimits | None = None) -> None:
        self._redis = redis
        self.start_over()
        os.register_at_fork(after_in_child=self.start_over)

    def start_over(self) -> None:
        """Forgets everything, as in a new process. Leases in the stores end by themselves."""
        self.holder = str(uuid.uuid4())
        self._holdings = Holdings()
        in_redis = self._redis
        if in_redis is None:
            self._turns = [self._made(DatabaseLedger(), lambda _: True)]
            return
        in_redis.start_over()
        self._turns = [
            self._made(DatabaseLedger(), is_booked_with_the_call),
            self._made(in_redis, lambda rule: not is_booked_with_the_call(rule)),
        ]

    def _made(self, store: Store, serves: Callable[[Rule], bool]) -> Turns:
        return Turns(self._holdings, store, holder=self.holder, serves=serves, on_left=self._wake_all)

    def _wake_all(self) -> None:
        for turns in self._turns:
            turns.wake()

    async def reserve(self, call_id: str, asks: Sequence[Ask]) -> Denied | None:
        """Reserves on all accounts or on none; returns the rule without room. Raises LedgerAway."""
        holdings = self._holdings
        with holdings.lock:
            if holdings.take(call_id, asks):
                return None
            if (denied := holdings.known_denial(asks)) is not None:
                return denied
            lacking = holdings.lacking(asks)
            concerned = [turns for turns in self._turns if any(turns.serves(ask.rule) for ask in lacking)]
            if any(turns.is_away(WAIT_S) for turns in concerned):
                raise LedgerAway
            waiter = Waiter(call_id, asks, Future())
            holdings.waiters.append(waiter)
        for turns in concerned:
            turns.wake()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(waiter.answer), WAIT_S)
        except TimeoutError:
            for turns in concerned:
                turns.note_timeout()
            raise LedgerAway from None
        finally:
            self._abandon_unless_answered(waiter)

    def settle(self, call_id: str, costs: Mapping[str, int] | None = None) -> None:
        """Ends all holds of a call, whose record is stored or never will be: `costs` by account, else 0."""
        with self._holdings.lock:
            self._holdings.settle(call_id, costs or {})

    def settle_limits(self, call_id: str, tokens: int) -> None:
        """Ends a call's holds of limits. Those of budgets stay until its record is stored, which books them."""
        with self._holdings.lock:
            self._holdings.settle_limits(call_id, tokens)

    def held(self) -> int:
        """The number of calls with a hold."""
        return len(self._holdings.holds)

    def slices(self) -> dict[str, int]:
        """What this worker has leased and no call holds, by account."""
        with self._holdings.lock:
            return {account.rule.account: account.free for account in self._holdings.accounts.values()}

    def forget(self) -> None:
        """Ends the threads and forgets everything: a ledger as in a new process, whose leases end by themselves."""
        self.close(gives_back=False)
        self.start_over()

    def close(self, timeout_s: float = 1.0, *, gives_back: bool = True) -> None:
        """Gives back what no call holds, and ends the threads. Blocks for at most `timeout_s` seconds a store."""
        for turns in self._turns:
            turns.close(timeout_s, gives_back=gives_back)

    def _abandon_unless_answered(self, waiter: Waiter) -> None:
        """A caller that has left holds nothing, also when it was granted in that very moment."""
        with self._holdings.lock, suppress(ValueError):
            self._holdings.waiters.remove(waiter)
        waiter.answer.cancel()


ledger = Ledger(limits)
"""The ledger of this process."""
