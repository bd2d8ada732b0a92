"""A store's thread in a worker: it leases slices for the calls that wait, renews them and gives them back, in turns."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Protocol

import structlog

from llm.core.budgets.rules import Rule
from llm.incidents import Incident
from llm.stores.budgets.account import DENIED_S, Account, Ask, denied_by, lease_slot
from llm.stores.budgets.holdings import Holdings, Key, Waiter
from llm.stores.budgets.rows import Exchange, Leased

log = structlog.get_logger(__name__)

TURN_S = 0.5
"""How often slices are given back and renewed."""
RENEW_S = 15.0
"""A lease is renewed when it is so old, four times before it would end."""


class Store(Protocol):
    """Where accounts are shared. `check` and `exchange` raise any error while the store is away; `close` none."""

    def check(self) -> None: ...
    def exchange(self, holder: str, wishes: Sequence[Exchange]) -> list[Leased]: ...
    def close(self) -> None: ...


class Turns:
    """The exchange of one store's accounts, those of the rules for which `serves` is true.

    `on_left` is called when a call still waits after a turn, for what another store shares.
    """

    def __init__(
        self,
        holdings: Holdings,
        store: Store,
        *,
        holder: str,
        serves: Callable[[Rule], bool],
        on_left: Callable[[], None],
    ) -> None:
        self._holdings, self._store, self._holder, self._on_left = holdings, store, holder, on_left
        self.serves = serves
        self._due, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._gives_back = True
        self._busy_since: float | None = None
        self._failed_at: float | None = None
        self._away = Incident("ledger_store_away", log, ended="ledger_store_back")

    def is_away(self, wait_s: float) -> bool:
        """Whether the store has failed just now, or has not answered for `wait_s` seconds."""
        now = monotonic()
        hangs = self._busy_since is not None and now - self._busy_since > wait_s
        return hangs or (self._failed_at is not None and now - self._failed_at < TURN_S)

    def note_timeout(self) -> None:
        """A call has waited in vain."""
        self._away.note(error="timeout")

    def wake(self) -> None:
        """Has a turn soon. Starts the thread."""
        with self._holdings.lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="llm-ledger", daemon=True)
                self._thread.start()
        self._due.set()

    def close(self, timeout_s: float, *, gives_back: bool = True) -> None:
        """Gives back what no call holds, and ends the thread. Blocks for at most `timeout_s` seconds."""
        thread = self._thread
        if thread is None:
            return
        self._gives_back = gives_back
        self._stop.set()
        self._due.set()
        thread.join(timeout_s)
        self._thread = None
        self._stop = threading.Event()

    def _run(self) -> None:
        stop = self._stop
        while not stop.is_set():
            self._due.wait(TURN_S)
            self._due.clear()
            self._guarded_turn(last=False)
        if self._gives_back:
            self._guarded_turn(last=True)
        self._store.close()

    def _guarded_turn(self, *, last: bool) -> None:
        try:
            self._turn(last=last)
        except Exception as error:  # noqa: BLE001  drivers raise many types; the thread must survive all of them
            self._failed_at = monotonic()
            self._away.note(error=type(error).__name__)
            self._store.close()
        finally:
            self._busy_since = None

    def _turn(self, *, last: bool) -> None:
        holdings = self._holdings
        if self._gives_some_back(last=last):
            # What is given back can be spent no more, answer or not: a store that is away must not get to that point.
            self._busy_since = monotonic()
            self._store.check()
        with holdings.lock:
            holdings.serve()
            waiting = [waiter for waiter in holdings.waiters if any(self.serves(ask.rule) for ask in waiter.asks)]
            wishes = self._wishes(waiting, last=last)
        if not wishes:
            return
        asked_at = monotonic()
        self._busy_since = asked_at
        try:
            results = self._store.exchange(self._holder, list(wishes.values()))
        except BaseException:
            self._restore(wishes)
            raise
        self._failed_at = None
        self._away.over()
        with holdings.lock:
            for (key, wish), leased in zip(wishes.items(), results, strict=True):
                self._apply(key, wish, leased, asked_at)
            holdings.serve()
            for waiter in waiting:
                self._refuse_or_leave(waiter)
            left = any(waiter in holdings.waiters for waiter in waiting)
            idle = any(account.free > account.ready for account in self._accounts().values())
            self._drop_empty()
        if waiting and idle:
            self._due.set()  # what was leased in vain goes back at once
        if left:
            self._on_left()

    def _refuse_or_leave(self, waiter: Waiter) -> None:
        """A call that lacks nothing of this store waits for another one."""
        lacking = [ask for ask in self._holdings.lacking(waiter.asks) if self.serves(ask.rule)]
        if waiter.answer.done() or not lacking:
            return
        account = self._holdings.accounts[lacking[0].key]
        self._holdings.answer(waiter, account.denied or denied_by(account, None))
        self._holdings.waiters.remove(waiter)

    def _accounts(self) -> dict[Key, Account]:
        return {key: account for key, account in self._holdings.accounts.items() if self.serves(account.rule)}

    def _gives_some_back(self, *, last: bool) -> bool:
        with self._holdings.lock:
            return any(account.free > (0 if last else account.ready) for account in self._accounts().values())

    def _wishes(self, waiting: Sequence[Waiter], *, last: bool) -> dict[Key, Exchange]:
        needs: dict[Key, int] = {}
        for ask in (ask for waiter in waiting for ask in waiter.asks if ask.amount > 0 and self.serves(ask.rule)):
            account = self._account_of(ask)
            account.rule, account.period = ask.rule, ask.period
            account.largest = max(account.largest, ask.amount)
            needs[ask.key] = needs.get(ask.key, 0) + ask.amount
        wishes = {}
        for key, account in self._accounts().items():
            old = monotonic() - account.renewed_at > RENEW_S
            if key in needs or account.dirty or account.free > account.ready or old or last:
                wishes[key] = _wish(account, needs.get(key, 0), last=last)
                # What is given back is no longer spent here, and what is told is told once.
                account.leased, account.spent = wishes[key].keep, {}
        return wishes

    def _account_of(self, ask: Ask) -> Account:
        return self._holdings.accounts.setdefault(ask.key, Account(ask.rule, ask.period))

    def _apply(self, key: Key, wish: Exchange, leased: Leased, asked_at: float) -> None:
        account = self._holdings.accounts[key]
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
        with self._holdings.lock:
            for key, wish in wishes.items():
                account = self._holdings.accounts[key]
                account.dirty = True
                for slot, amount in wish.spent.items():
                    account.spent[slot] = account.spent.get(slot, 0) + amount

    def _drop_empty(self) -> None:
        for key, account in self._accounts().items():
            if account.leased <= 0 and account.held <= 0 and not account.spent and monotonic() > account.denied_until:
                with suppress(KeyError):
                    del self._holdings.accounts[key]


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
