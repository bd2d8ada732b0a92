"""The worker's ledger: calls reserve of slices that it has leased. One thread leases, renews and gives back.

A call waits for the store only when no slice is left, for at most WAIT_S. While the store is away the worker spends the
slices that it has, and refuses what is beyond them.
"""

import asyncio
import os
import threading
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import structlog
from django.db import close_old_connections, connection

from llm.incidents import Incident
from llm.stores.budgets.account import (
    DENIED_S,
    Account,
    Ask,
    Denied,
    denied_by,
    is_booked_with_the_call,
    lease_slot,
)
from llm.stores.budgets.rows import Exchange, Leased, exchange
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

WAIT_S = 1.0
"""How long a call waits for a slice. A store that takes longer is away."""
TURN_S = 0.5
"""How often slices are given back and renewed."""
RENEW_S = 15.0
"""A lease is renewed when it is so old, four times before it would end."""

Key = tuple[str, int]


class LedgerAway(Exception):
    """No slice is left, and the store does not answer."""


@dataclass(slots=True)
class _Waiter:
    call_id: str
    asks: Sequence[Ask]
    answer: "Future[Denied | None]"


class Ledger:
    """The accounts of a process. All its threads and event loops share one; a forked child begins anew."""

    def __init__(self) -> None:
        self.start_over()
        os.register_at_fork(after_in_child=self.start_over)

    def start_over(self) -> None:
        """Forgets everything, as in a new process. Leases in the store end by themselves."""
        self.holder = str(uuid.uuid4())
        self._lock = threading.Lock()
        self._accounts: dict[Key, Account] = {}
        self._holds: dict[str, Sequence[Ask]] = {}
        self._waiters: list[_Waiter] = []
        self._due, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._gives_back = True
        self._busy_since: float | None = None
        self._failed_at: float | None = None
        self._away = Incident("ledger_store_away", log, ended="ledger_store_back")

    async def reserve(self, call_id: str, asks: Sequence[Ask]) -> Denied | None:
        """Reserves on all accounts or on none; returns the rule without room. Raises LedgerAway."""
        with self._lock:
            if self._take(call_id, asks):
                return None
            if (denied := self._known_denial(asks)) is not None:
                return denied
            if self._is_away():
                raise LedgerAway
            waiter = _Waiter(call_id, asks, Future())
            self._waiters.append(waiter)
        self._start()
        self._due.set()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(waiter.answer), WAIT_S)
        except TimeoutError:
            self._away.note(error="timeout")
            raise LedgerAway from None
        finally:
            self._abandon_unless_answered(waiter)

    def settle(self, call_id: str, costs: Mapping[str, int] | None = None) -> None:
        """Ends all holds of a call, whose record is stored or never will be: `costs` by account, else 0."""
        with self._lock:
            for ask in self._holds.pop(call_id, ()):
                self._settle(ask, (costs or {}).get(ask.rule.account, 0))

    def settle_limits(self, call_id: str, tokens: int) -> None:
        """Ends a call's holds of limits. Those of budgets stay until its record is stored, which books them."""
        with self._lock:
            kept = []
            for ask in self._holds.pop(call_id, ()):
                if is_booked_with_the_call(ask.rule):
                    kept.append(ask)
                else:
                    self._settle(ask, tokens)
            if kept:
                self._holds[call_id] = kept

    def _settle(self, ask: Ask, cost: int) -> None:
        if (account := self._accounts.get(ask.key)) is not None:
            account.settle(ask, cost)

    def held(self) -> int:
        """The number of calls with a hold."""
        return len(self._holds)

    def slices(self) -> dict[str, int]:
        """What this worker has leased and no call holds, by account."""
        with self._lock:
            return {account.rule.account: account.free for account in self._accounts.values()}

    def forget(self) -> None:
        """Ends the thread and forgets everything: a ledger as in a new process, whose leases end by themselves."""
        self._gives_back = False
        self.close()
        self.start_over()

    def close(self, timeout_s: float = 1.0) -> None:
        """Gives back what no call holds, and ends the thread. Blocks for at most `timeout_s` seconds."""
        thread = self._thread
        if thread is None:
            return
        self._stop.set()
        self._due.set()
        thread.join(timeout_s)
        self._thread = None
        self._stop = threading.Event()

    def _take(self, call_id: str, asks: Sequence[Ask]) -> bool:
        """All or nothing, in memory. A call that costs nothing needs no room."""
        found = []
        for ask in asks:
            if ask.amount <= 0:
                continue
            account = self._accounts.get(ask.key)
            if account is None or account.free < ask.amount:
                return False
            found.append((account, ask))
        for account, ask in found:
            account.take(ask)
        self._holds[call_id] = [ask for _, ask in found]
        return True

    def _known_denial(self, asks: Sequence[Ask]) -> Denied | None:
        accounts = ((self._accounts.get(ask.key), ask.amount) for ask in asks if ask.amount > 0)
        return next((denied for account, amount in accounts if account and (denied := account.denies(amount))), None)

    def _is_away(self) -> bool:
        now = monotonic()
        hangs = self._busy_since is not None and now - self._busy_since > WAIT_S
        return hangs or (self._failed_at is not None and now - self._failed_at < TURN_S)

    def _abandon_unless_answered(self, waiter: _Waiter) -> None:
        """A caller that has left holds nothing, also when it was granted in that very moment."""
        with self._lock, suppress(ValueError):
            self._waiters.remove(waiter)
        waiter.answer.cancel()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="llm-ledger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        stop = self._stop
        while not stop.is_set():
            self._due.wait(TURN_S)
            self._due.clear()
            self._guarded_turn(last=False)
        if self._gives_back:
            self._guarded_turn(last=True)
        with suppress(*UNAVAILABLE):
            connection.close()

    def _guarded_turn(self, *, last: bool) -> None:
        try:
            self._turn(last=last)
        except Exception as error:  # noqa: BLE001  drivers raise many types; the thread must survive all of them
            self._failed_at = monotonic()
            self._away.note(error=type(error).__name__)
            with suppress(*UNAVAILABLE):
                connection.close()
        finally:
            self._busy_since = None

    def _turn(self, *, last: bool) -> None:
        with self._lock:
            waiters, self._waiters = self._waiters, []
            waiting = [waiter for waiter in waiters if not self._answered(waiter)]
            wishes = self._wishes(waiting, last=last)
        if not wishes:
            return
        asked_at = monotonic()
        self._busy_since = asked_at
        close_old_connections()
        try:
            results = exchange(self.holder, list(wishes.values()))
        except BaseException:
            self._restore(wishes)
            raise
        self._failed_at = None
        self._away.over()
        with self._lock:
            for (key, wish), leased in zip(wishes.items(), results, strict=True):
                self._apply(key, wish, leased, asked_at)
            for waiter in waiting:
                self._answer(waiter)
            self._drop_empty()
        if connection.settings_dict["OPTIONS"].get("pool"):
            connection.close()
        if waiting and any(account.free > account.ready for account in self._accounts.values()):
            self._due.set()  # what was leased in vain goes back at once

    def _answered(self, waiter: _Waiter) -> bool:
        if waiter.answer.cancelled():
            return True
        if self._take(waiter.call_id, waiter.asks):
            self._tell(waiter, None)
            return True
        return False

    def _answer(self, waiter: _Waiter) -> None:
        if not self._answered(waiter):
            lacking = next(ask for ask in waiter.asks if ask.amount > 0 and self._accounts[ask.key].free < ask.amount)
            account = self._accounts[lacking.key]
            self._tell(waiter, account.denied or denied_by(account, None))

    def _tell(self, waiter: _Waiter, answer: Denied | None) -> None:
        if waiter.answer.set_running_or_notify_cancel():
            waiter.answer.set_result(answer)
        elif answer is None:
            for ask in self._holds.pop(waiter.call_id, ()):
                self._accounts[ask.key].settle(ask, 0)

    def _wishes(self, waiting: Sequence[_Waiter], *, last: bool) -> dict[Key, Exchange]:
        needs: dict[Key, int] = {}
        for ask in (ask for waiter in waiting for ask in waiter.asks if ask.amount > 0):
            account = self._accounts.setdefault(ask.key, Account(ask.rule, ask.period))
            account.rule, account.period = ask.rule, ask.period
            account.largest = max(account.largest, ask.amount)
            needs[ask.key] = needs.get(ask.key, 0) + ask.amount
        wishes = {}
        for key, account in self._accounts.items():
            old = monotonic() - account.renewed_at > RENEW_S
            if key in needs or account.dirty or account.free > account.ready or old or last:
                wishes[key] = _wish(account, needs.get(key, 0), last=last)
                # What is given back is no longer spent here, and what is told is told once.
                account.leased, account.spent = wishes[key].keep, {}
        return wishes

    def _apply(self, key: Key, wish: Exchange, leased: Leased, asked_at: float) -> None:
        account = self._accounts[key]
        spent_since = wish.keep - account.leased
        account.leased = max(0, leased.amount - spent_since)
        account.renewed_at = asked_at
        account.dirty = spent_since > 0
        account.used = 0
        account.denied = None
        if wish.need and leased.left <= 0:
            account.denied = denied_by(account, leased)
            account.denied_until = monotonic() + DENIED_S

    def _restore(self, wishes: Mapping[Key, Exchange]) -> None:
        """After a failure: what was to be told is told later."""
        with self._lock:
            for key, wish in wishes.items():
                account = self._accounts[key]
                account.dirty = True
                for slot, amount in wish.spent.items():
                    account.spent[slot] = account.spent.get(slot, 0) + amount

    def _drop_empty(self) -> None:
        for key, account in list(self._accounts.items()):
            if account.leased <= 0 and account.held <= 0 and not account.spent and monotonic() > account.denied_until:
                del self._accounts[key]


def _wish(account: Account, need: int, *, last: bool) -> Exchange:
    """What the worker keeps of the account, and wants of it."""
    free, rule, period = account.free, account.rule, account.period
    ready = 0 if last else account.ready
    return Exchange(
        account=rule.account,
        lease_slot=lease_slot(rule, period),
        first=period.first,
        slot=period.slot,
        cap=rule.cap,
        keep=account.leased - max(0, free - max(ready, need)),
        spent=dict(account.spent),
        need=max(0, need - free) if need else 0,
        slack=max(0, ready - max(0, free - need)),
        largest=account.largest,
    )


ledger = Ledger()
"""The ledger of this process."""
