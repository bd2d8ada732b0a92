"""One account as a worker sees it: what it has leased, and what of that its calls hold."""

from dataclasses import dataclass, field
from time import monotonic, time

from llm.core.budgets.lease import LEASE_S, SAFETY_S
from llm.core.budgets.rules import Rule, Unit
from llm.core.budgets.window import Period, Span, slot_width_s
from llm.stores.budgets.rows import Leased

DENIED_S = 0.1
"""For so long a refusal stands without asking the store again."""
LATER_S = 1.0
"""When to try again where nothing tells the moment."""
OBEYED_S = 59.0
"""The longest wait that a limit asks for. The vendors' SDKs obey less than a minute (Python: a minute), and try again
within seconds when told to wait longer: https://github.com/openai/openai-node/blob/master/src/client.ts (retryRequest).
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a call wants of one rule's account, in the rule's unit, in the window of its beginning."""

    rule: Rule
    amount: int
    period: Period

    @property
    def key(self) -> tuple[str, int]:
        """The account, and the window in which leases of it count."""
        return self.rule.account, lease_slot(self.rule, self.period)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The rule that has no room. `left` is what it has; `retry_after_s` when to try again; `renews_at` Unix seconds."""

    rule: Rule
    left: int
    retry_after_s: float
    renews_at: int | None


def lease_slot(rule: Rule, period: Period) -> int:
    """Leases of a calendar window end with it; those of others count for as long as they are held."""
    return 0 if rule.window.span in (Span.ROLLING, Span.TOTAL) else period.slot


def is_spent_at_start(rule: Rule) -> bool:
    """Whether a call's beginning is all that counts."""
    return rule.unit is Unit.REQUESTS


def is_booked_with_the_call(rule: Rule) -> bool:
    """Whether the writer of call records books what was spent. What limits count is told by this worker alone."""
    return rule.is_budget


@dataclass(slots=True)
class Account:
    """`leased` is the store's row, less what is spent since. `spent` by slot is not told to the store yet."""

    rule: Rule
    period: Period
    leased: int = 0
    held: int = 0
    renewed_at: float = -LEASE_S
    """When the last exchange with the store began, on the monotonic clock."""
    spent: dict[int, int] = field(default_factory=dict)
    used: int = 0
    """What calls took since the last turn: as much again is kept ready."""
    largest: int = 0
    dirty: bool = False
    """Whether the store's row is out of date."""
    denied_until: float = 0.0
    denied: Denied | None = None

    @property
    def free(self) -> int:
        """What a call may take now. Nothing of a lease that may have ended."""
        free = self.leased - self.held
        return free if monotonic() < self.renewed_at + LEASE_S - SAFETY_S else min(0, free)

    def denies(self, amount: int) -> Denied | None:
        """The refusal that still stands for a call that wants so much."""
        stands = self.denied is not None and monotonic() < self.denied_until and self.free < amount
        return self.denied if stands else None

    @property
    def ready(self) -> int:
        """What is kept ready for the calls to come."""
        return 2 * self.used

    def take(self, ask: Ask) -> None:
        """Holds the amount for a call, or spends it at once."""
        self.period = ask.period
        self.used += ask.amount
        self.largest = max(self.largest, ask.amount)
        self.dirty = True
        if is_spent_at_start(ask.rule):
            self.leased -= ask.amount
            self.spent[ask.period.slot] = self.spent.get(ask.period.slot, 0) + ask.amount
        else:
            self.held += ask.amount

    def settle(self, ask: Ask, cost: int) -> None:
        """Ends the hold of a call that has spent `cost`, which may be more than was held."""
        if is_spent_at_start(ask.rule):
            return
        self.held -= ask.amount
        self.dirty, self.denied = True, None
        if ask.rule.unit is Unit.AT_ONCE:
            return
        self.leased = max(0, self.leased - cost)
        if cost and not is_booked_with_the_call(ask.rule):
            self.spent[ask.period.slot] = self.spent.get(ask.period.slot, 0) + cost


def denied_by(account: Account, leased: Leased | None) -> Denied:
    """Why the account has no room, and until when: its window's renewal, or the first spending that leaves it."""
    window, renews_at, wait_s = account.rule.window, account.period.renews_at, LATER_S
    if renews_at is not None:
        wait_s = renews_at - time()
    elif window.span is Span.ROLLING and leased is not None and leased.oldest is not None:
        wait_s = leased.oldest + window.rolling_s + slot_width_s(window) - time()
    if not account.rule.is_budget:
        wait_s = min(wait_s, OBEYED_S)
    left = max(0, leased.left if leased else account.free)
    return Denied(rule=account.rule, left=left, retry_after_s=max(LATER_S, wait_s), renews_at=renews_at)
