"""What is spent and leased of budgets and limits now, for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import structlog
from django.db.models import Q, Sum

from llm.core.budgets.rules import NANO, Rule, Unit
from llm.core.budgets.thresholds import reached
from llm.core.budgets.window import Period, period_at
from llm.models import Budget, LedgerBooking, LedgerLease, LedgerSlot, Limit
from llm.stores.budgets.account import is_booked_with_the_call, lease_slot
from llm.stores.budgets.redis import REDIS_UNAVAILABLE, limits
from llm.stores.budgets.rules import rule_of, rules_of

log = structlog.get_logger(__name__)

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


def used_shares(rows: Iterable[Budget], now: datetime) -> dict[str, float]:
    """The spent share of each budget, from 0, by its name. One query."""
    rows = list(rows)
    states = budget_states(rows, now)
    return {row.name: float(states[row.pk].spent / states[row.pk].cap) if states[row.pk].cap else 1.0 for row in rows}


def budget_states(rows: Iterable[Budget], now: datetime) -> dict[UUID, State]:
    """The states of several budgets by id, in one query; what is leased of them is left out."""
    rules = {row.pk: rule_of(row) for row in rows}
    periods = {pk: period_at(rule.window, now) for pk, rule in rules.items()}
    spent = dict.fromkeys(rules, 0)
    wanted = Q(pk=None)
    for pk, rule in rules.items():
        wanted |= Q(account=rule.account, slot__range=(periods[pk].first, periods[pk].slot))
    by_account = {rule.account: pk for pk, rule in rules.items()}
    for account, total in LedgerSlot.objects.filter(wanted).values_list("account").annotate(total=Sum("spent")):
        spent[by_account[account]] = total
    return {
        pk: State(
            unit=str(rule.unit),
            cap=_shown(rule, rule.cap),
            spent=_shown(rule, spent[pk]),
            reserved=Decimal(0),
            renews_at=_renewal(periods[pk]),
        )
        for pk, rule in rules.items()
    }


def limit_states(row: Limit, now: datetime) -> list[State]:
    """One for each unit that the limit bounds."""
    return [_state(rule, now) for rule in rules_of(row)]


def _state(rule: Rule, now: datetime) -> State:
    period = period_at(rule.window, now)
    spent, reserved = _sums(rule, period, now.timestamp())
    return State(
        unit=str(rule.unit),
        cap=_shown(rule, rule.cap),
        spent=_shown(rule, spent),
        reserved=_shown(rule, reserved),
        renews_at=_renewal(period),
    )


def _sums(rule: Rule, period: Period, seconds: float) -> tuple[int, int]:
    """What is spent and leased, where the rule is shared: a limit in Redis, or in the database while that is away."""
    if limits is not None and not is_booked_with_the_call(rule):
        try:
            spent, leases = limits.read(rule.account)
        except REDIS_UNAVAILABLE as error:
            log.warning("limits_unread", error=type(error).__name__)
        else:
            window = lease_slot(rule, period)
            return (
                sum(amount for slot, amount in spent.items() if period.first <= slot <= period.slot),
                sum(amount for slot, amount, ends in leases if slot == window and ends > seconds),
            )
    slots = LedgerSlot.objects.filter(account=rule.account, slot__range=(period.first, period.slot))
    rows = LedgerLease.objects.filter(account=rule.account, slot=lease_slot(rule, period), expires_at__gt=seconds)
    return slots.aggregate(total=Sum("spent"))["total"] or 0, rows.aggregate(total=Sum("amount"))["total"] or 0


def _renewal(period: Period) -> datetime | None:
    return datetime.fromtimestamp(period.renews_at, UTC) if period.renews_at is not None else None


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
