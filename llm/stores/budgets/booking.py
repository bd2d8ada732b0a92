"""Books what calls have cost to the budgets that apply to them, in the transaction that stores the calls.

A call that is stored again is charged the difference, so that a repetition changes nothing: recovery after a crash may
store what is there. What a call has cost beyond its reservation is booked as it is.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from llm.core.budgets.rules import NANO, Rule, Rules, Subject, Unit, Unpriced
from llm.core.budgets.window import slot_of
from llm.core.budgets.worst_case import unpriced_cost
from llm.core.calls import CallInfo, CallRecord
from llm.models import LedgerBooking
from llm.stores.budgets.rows import add_all_spent
from llm.stores.budgets.rules import read_rules
from llm.stores.calls.tables import AttemptRow
from llm.stores.config.snapshot import config_store

BOOKINGS = LedgerBooking._meta.db_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one call is charged on one account, in the account's unit."""

    call_id: uuid.UUID
    account: str
    slot: int
    amount: int


def rules_in_force() -> Rules:
    """The snapshot's rules; the database's in a process that has loaded no snapshot, such as one that recovers."""
    config = config_store.peek()
    return config.rules if config.version >= 0 else read_rules()


def subject_of(call: CallInfo, providers: Iterable[str]) -> Subject:
    """Whom and what the call is about, as limits and budgets see it."""
    caller = call.caller
    return Subject(
        key_id=caller.key_id or "",
        consumer=caller.consumer,
        team=caller.team,
        tags=caller.tags,
        route=call.route,
        providers=tuple(providers),
    )


def charges_of(record: CallRecord, attempts: Sequence[AttemptRow], rules: Rules) -> list[Charge]:
    """The charges of a call on the budgets that apply to it, failed, cut and resumed attempts included."""
    if not attempts or not rules:
        return []
    subject = subject_of(record.call, (attempt.provider for attempt in attempts))
    charges = []
    for rule in rules.applying(subject):
        if rule.is_budget:
            amount = sum(_amount(rule, attempt) for attempt in attempts if _concerns(rule, attempt))
            slot = slot_of(rule.window, record.call.started_at)
            charges.append(Charge(call_id=uuid.UUID(record.call.id), account=rule.account, slot=slot, amount=amount))
    return charges


def _concerns(rule: Rule, attempt: AttemptRow) -> bool:
    return rule.scope != "provider" or rule.target == attempt.provider


def _amount(rule: Rule, attempt: AttemptRow) -> int:
    tokens = attempt.input_tokens + attempt.output_tokens
    if rule.unit is Unit.TOKENS:
        return tokens
    if attempt.cost_usd is not None:
        return int(attempt.cost_usd * NANO)
    return unpriced_cost(tokens, rule.unpriced_nano) if rule.unpriced is Unpriced.BOUND else 0


def book(charges: Sequence[Charge]) -> None:
    """Books the charges within the caller's transaction. Raises DatabaseError."""
    booked = _booked({charge.call_id for charge in charges})
    sums: dict[tuple[str, int], int] = {}
    for charge in charges:
        # A call stays in the slot of its first booking.
        slot, before = booked.get((charge.call_id, charge.account), (charge.slot, 0))
        sums[charge.account, slot] = sums.get((charge.account, slot), 0) + charge.amount - before
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {BOOKINGS} (call_id, account, slot, amount) VALUES (%s, %s, %s, %s) "  # noqa: S608  our own names
            "ON CONFLICT (call_id, account) DO UPDATE SET amount = EXCLUDED.amount",
            [(_stored(charge.call_id), charge.account, charge.slot, charge.amount) for charge in charges],
        )
    add_all_spent((account, slot, amount) for (account, slot), amount in sums.items() if amount)


def _booked(call_ids: set[uuid.UUID]) -> Mapping[tuple[uuid.UUID, str], tuple[int, int]]:
    rows = LedgerBooking.objects.filter(call_id__in=call_ids)
    return {(row.call_id, row.account): (row.slot, row.amount) for row in rows}


def _stored(call_id: uuid.UUID) -> uuid.UUID | str:
    return call_id if connection.vendor == "postgresql" else call_id.hex
