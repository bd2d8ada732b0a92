"""What is spent and leased of budgets and limits now, for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from llm.core.budgets.rules import NANO, Rule, Unit
from llm.core.budgets.thresholds import reached
from llm.core.budgets.window import period_at
from llm.models import Budget, LedgerBooking, LedgerLease, LedgerSlot, Limit
from llm.stores.budgets.account import lease_slot
from llm.stores.budgets.rules import rule_of, rules_of

KEPT_DAYS = 40
"""Days for which bookings are kept: a record that is stored again later than that is charged again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A rule in its current window, in its own unit: USD as a Decimal, else whole numbers."""

    unit: str
    cap: Decimal
    spent: Decimal
    reserved: Decimal
    renews_at: datetime | None

    @property
    def percent(self) -> int:
        """The share that is spent, in whole per cent."""
        return int(100 * self.spent / self.cap) if self.cap else 100

    @property
    def step(self) -> int:
        """The highest threshold that is reached, in per cent; 0 for none."""
        return reached(int(self.spent * NANO), int(self.cap * NANO))


def budget_state(row: Budget, now: datetime) -> State:
    """Two queries."""
    return _state(rule_of(row), now)


def limit_states(row: Limit, now: datetime) -> list[State]:
    """One for each unit that the limit bounds."""
    return [_state(rule, now) for rule in rules_of(row)]


def _state(rule: Rule, now: datetime) -> State:
    period = period_at(rule.window, now)
    slots = LedgerSlot.objects.filter(account=rule.account, slot__range=(period.first, period.slot))
    leases = LedgerLease.objects.filter(
        account=rule.account, slot=lease_slot(rule, period), expires_at__gt=now.timestamp()
    )
    return State(
        unit=str(rule.unit),
        cap=_shown(rule, rule.cap),
        spent=_shown(rule, slots.aggregate(total=Sum("spent"))["total"] or 0),
        reserved=_shown(rule, leases.aggregate(total=Sum("amount"))["total"] or 0),
        renews_at=datetime.fromtimestamp(period.renews_at, UTC) if period.renews_at is not None else None,
    )


def _shown(rule: Rule, amount: int) -> Decimal:
    return Decimal(amount) / NANO if rule.unit is Unit.USD else Decimal(amount)


def prune(now: datetime) -> int:
    """Deletes ended leases, bookings older than KEPT_DAYS, and slots that no window reads; returns how many rows."""
    seconds = now.timestamp()
    deleted, _ = LedgerLease.objects.filter(expires_at__lt=seconds - 3600).delete()
    oldest = int((seconds - KEPT_DAYS * 86_400) * 1000) << 80
    bookings, _ = LedgerBooking.objects.filter(call_id__lt=UUID(int=oldest)).delete()
    return deleted + bookings + sum(_prune_slots(rule, now) for rule in _all_rules())


def _prune_slots(rule: Rule, now: datetime) -> int:
    return LedgerSlot.objects.filter(account=rule.account, slot__lt=period_at(rule.window, now).first).delete()[0]


def _all_rules() -> Iterable[Rule]:
    """Of limits only: what budgets have spent in earlier windows stays for their history."""
    return (rule for row in Limit.objects.all() for rule in rules_of(row))
