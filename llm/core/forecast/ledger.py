"""What an account's ledger says: the balance at a moment, where it comes from, and what evidence adds to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class EntryKind(StrEnum):
    """Why an entry stands in the ledger."""

    TOPUP = "topup"
    """`amount` was paid in."""
    DECLARED = "declared"
    """An operator says that the balance is `amount`."""
    TOLD = "told_by_vendor"
    """The vendor says so."""
    EMPTY = "empty"
    """A call failed because there was no credit: the balance is 0."""
    MONEY_FOUND = "money_found"
    """A call succeeded after `empty`: there is money again, and nobody has said how much."""


ANCHORS = frozenset({EntryKind.DECLARED, EntryKind.TOLD, EntryKind.EMPTY})
"""Kinds that say what the balance is, whatever was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the ledger. `amount`: USD, 0 for `empty` and `money_found`."""

    at: datetime
    kind: EntryKind
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorBalance:
    """What a vendor says of an account's balance, in its own currency ("USD", "CNY")."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How the balance is counted: `base` USD at `since`, minus what was spent after it.

    `source` is the anchor's kind, `topup` when the count began with a top-up, `money_found` when the balance is
    unknown, None for an empty ledger; `base` and `since` are None when the balance is unknown.
    """

    source: EntryKind | None = None
    base: Decimal | None = None
    since: datetime | None = None

    def balance(self, spent: Decimal) -> Decimal | None:
        """`spent`: USD since `since`. May be below 0: then more was spent than the ledger knows of."""
        return None if self.base is None else self.base - spent


def count_of(entries: Sequence[Entry]) -> Count:
    """How to count the balance, from the entries in the order in which they were written.

    An account without an anchor counts from its first top-up, as if it had been empty before.
    """
    ordered = sorted(entries, key=lambda entry: entry.at)
    count = Count()
    for entry in ordered:
        if entry.kind in ANCHORS:
            count = Count(source=entry.kind, base=entry.amount, since=entry.at)
        elif entry.kind is EntryKind.MONEY_FOUND:
            count = Count(source=entry.kind)
        elif count.source is None:
            count = Count(source=EntryKind.TOPUP, base=entry.amount, since=entry.at)
        elif count.base is not None:
            count = Count(source=count.source, base=count.base + entry.amount, since=count.since)
    return count


def evidence(entries: Sequence[Entry], *, refused_at: datetime | None, answered_at: datetime | None) -> Entry | None:
    """The entry that calls add to the ledger, None when they say nothing new.

    `refused_at`: the last failure for lack of credit; `answered_at`: the start of the last answered attempt.
    """
    ordered = sorted(entries, key=lambda entry: entry.at)
    last = ordered[-1] if ordered else None
    if last is None:
        return None
    if last.kind is EntryKind.EMPTY:
        if answered_at is not None and answered_at > last.at:
            return Entry(at=answered_at, kind=EntryKind.MONEY_FOUND)
        return None
    if refused_at is None or refused_at <= last.at or (answered_at is not None and answered_at > refused_at):
        return None
    return Entry(at=refused_at, kind=EntryKind.EMPTY)
