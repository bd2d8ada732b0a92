"""Reads and writes wallets and their ledgers. Synchronous ORM. Entries are added under a lock of the wallet's row."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from llm.core.calls import Outcome
from llm.core.failures.policy import ErrorClass
from llm.core.forecast.ledger import ANCHORS, Count, Entry, EntryKind, count_of
from llm.models import Attempt, Provider, Wallet, WalletEntry
from llm.stores.usage.spend import spent

ANCHORED = [str(kind) for kind in ANCHORS]
RAISES = Decimal("0.1")
"""An anchor that lifts the count by this share of the new balance is a top-up that was not declared."""


def providers_by_account() -> dict[str, list[str]]:
    """Account -> names of the providers that spend its money, in the order of the chain."""
    accounts: dict[str, list[str]] = defaultdict(list)
    for row in Provider.objects.all():
        accounts[row.wallet].append(row.name)
    return dict(accounts)


def spenders_of(wallet: Wallet, accounts: dict[str, list[str]]) -> list[str]:
    """The providers whose costs count: its current ones, and deleted ones that have spent it."""
    elsewhere = {name for account, names in accounts.items() if account != wallet.account for name in names}
    return sorted({*accounts.get(wallet.account, ()), *(set(wallet.spenders) - elsewhere)})


def remember_spenders(accounts: dict[str, list[str]]) -> None:
    """Writes down who spends each wallet, so that a provider's costs still count when it has been deleted."""
    for wallet in Wallet.objects.filter(account__in=accounts):
        spenders = spenders_of(wallet, accounts)
        if spenders != wallet.spenders:
            Wallet.objects.filter(pk=wallet.pk).update(spenders=spenders)


def entries_of(wallet: Wallet) -> list[Entry]:
    """The entries that the balance is counted from, oldest first: the last anchor and what followed it."""
    rows = wallet.entries.all()
    anchor = rows.filter(kind__in=ANCHORED).order_by("-at", "-id").first()
    if anchor is not None:
        rows = rows.filter(at__gte=anchor.at)
    return [_entry(row) for row in rows.order_by("at", "id")]


def count(wallet: Wallet) -> Count:
    return count_of(entries_of(wallet))


def balance_at(counted: Count, spenders: list[str], now: datetime) -> Decimal | None:
    """The balance in USD at `now`; None when it is unknown."""
    if counted.since is None:
        return None
    return counted.balance(spent(counted.since, now, providers=spenders) if spenders else Decimal(0))


def add(
    account: str, kind: EntryKind, amount: Decimal, *, by: str, at: datetime, note: str = ""
) -> tuple[Wallet, WalletEntry]:
    """Adds an entry, and makes the wallet when it is the first one."""
    Wallet.objects.get_or_create(account=account)
    with transaction.atomic():
        wallet = Wallet.objects.select_for_update().get(account=account)
        return wallet, _append(wallet, Entry(at=at, kind=kind, amount=amount), by=by, note=note)


def add_evidence(pk: UUID, decide: Callable[[list[Entry]], Entry | None], *, by: str) -> WalletEntry | None:
    """Adds the entry that `decide` makes of the ledger as it is under the lock; None when it makes none."""
    with transaction.atomic():
        wallet = Wallet.objects.select_for_update().get(pk=pk)
        entry = decide(entries_of(wallet))
        return None if entry is None else _append(wallet, entry, by=by)


def last_refusal_and_answer(spenders: Iterable[str], since: datetime) -> tuple[datetime | None, datetime | None]:
    """When attempts of these providers last failed for lack of credit, and last began and were answered."""
    attempts = Attempt.objects.order_by().filter(provider__in=list(spenders), started_at__gt=since)
    refused = attempts.filter(error_class=str(ErrorClass.CREDIT_EXHAUSTED)).aggregate(at=Max("started_at"))["at"]
    answered = attempts.filter(outcome=str(Outcome.OK)).aggregate(at=Max("started_at"))["at"]
    return refused, answered


def refilled_at(wallet: Wallet) -> datetime | None:
    """When money last came in: a top-up, an operator's word, money found, or an anchor well above the count."""
    for row in wallet.entries.order_by("-at", "-id")[:200]:
        raised = row.change is not None and row.amount > 0 and row.change >= row.amount * RAISES
        if row.kind in (EntryKind.TOPUP, EntryKind.DECLARED, EntryKind.MONEY_FOUND) or raised:
            return row.created_at
    return None


def _append(wallet: Wallet, entry: Entry, *, by: str, note: str = "") -> WalletEntry:
    change = None
    if entry.kind in ANCHORS:
        before = balance_at(count(wallet), spenders_of(wallet, providers_by_account()), entry.at)
        change = None if before is None else entry.amount - before
    elif entry.kind is EntryKind.TOPUP:
        change = entry.amount
    return WalletEntry.objects.create(
        wallet=wallet, at=entry.at, kind=str(entry.kind), amount=entry.amount, change=change, by=by, note=note
    )


def _entry(row: WalletEntry) -> Entry:
    return Entry(at=row.at, kind=EntryKind(row.kind), amount=row.amount)
