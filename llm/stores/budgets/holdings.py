"""What a worker's calls hold of limits and budgets, in memory.

`lock` guards all of it: the methods expect their caller to have it.
"""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from llm.stores.budgets.account import Account, Ask, Denied, is_booked_with_the_call

Key = tuple[str, int]
BESIDE = "/beside"
"""Ends the id under which a call holds what a second attempt at once may cost. It is settled with the call."""


@dataclass(slots=True)
class Waiter:
    """A call that waits for slices. `answer`: None when all is reserved, else the rule without room."""

    call_id: str
    asks: Sequence[Ask]
    answer: "Future[Denied | None]"


class Holdings:
    """The accounts of a process by their keys, what each call holds of them, and the calls that wait."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.accounts: dict[Key, Account] = {}
        self.holds: dict[str, Sequence[Ask]] = {}
        self.waiters: list[Waiter] = []

    def lacking(self, asks: Sequence[Ask]) -> list[Ask]:
        """What there is no slice for. A call that costs nothing needs no room."""
        return [ask for ask in asks if ask.amount > 0 and self._free(ask) < ask.amount]

    def _free(self, ask: Ask) -> int:
        account = self.accounts.get(ask.key)
        return 0 if account is None else account.free

    def take(self, call_id: str, asks: Sequence[Ask]) -> bool:
        """All or nothing."""
        if self.lacking(asks):
            return False
        taken = [ask for ask in asks if ask.amount > 0]
        for ask in taken:
            self.accounts[ask.key].take(ask)
        self.holds[call_id] = taken
        return True

    def known_denial(self, asks: Sequence[Ask]) -> Denied | None:
        """A refusal that still stands."""
        accounts = ((self.accounts.get(ask.key), ask.amount) for ask in asks if ask.amount > 0)
        return next((denied for account, amount in accounts if account and (denied := account.denies(amount))), None)

    def settle(self, call_id: str, costs: Mapping[str, int]) -> None:
        """Ends all holds of a call: `costs` by account, else 0."""
        for ask in self.holds.pop(call_id, ()):
            self._settle(ask, costs.get(ask.rule.account, 0))
        for ask in self.holds.pop(call_id + BESIDE, ()):
            self._settle(ask, 0)

    def settle_limits(self, call_id: str, tokens: int) -> None:
        """Ends a call's holds of limits, and keeps those of budgets."""
        for hold, spent in ((call_id, tokens), (call_id + BESIDE, 0)):
            asks = self.holds.pop(hold, ())
            for ask in asks:
                if not is_booked_with_the_call(ask.rule):
                    self._settle(ask, spent)
            if kept := [ask for ask in asks if is_booked_with_the_call(ask.rule)]:
                self.holds[hold] = kept

    def _settle(self, ask: Ask, cost: int) -> None:
        if (account := self.accounts.get(ask.key)) is not None:
            account.settle(ask, cost)

    def serve(self) -> None:
        """Answers the calls for which there are slices now, and drops those that have left."""
        self.waiters = [waiter for waiter in self.waiters if not self._is_served(waiter)]

    def _is_served(self, waiter: Waiter) -> bool:
        if waiter.answer.done():
            return True
        if self.take(waiter.call_id, waiter.asks):
            self.answer(waiter, None)
            return True
        return False

    def answer(self, waiter: Waiter, denied: Denied | None) -> None:
        """A caller that has left in that very moment holds nothing."""
        if waiter.answer.set_running_or_notify_cancel():
            waiter.answer.set_result(denied)
        elif denied is None:
            self.settle(waiter.call_id, {})
