"""The ledger in the database: what is spent of each account, and what each worker has leased of it.

A worker's lease rows are written by its ledger thread alone, as absolute amounts: a repetition changes nothing. What is
spent is added by the writer of call records, in the transaction that stores the calls.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import close_old_connections, connection, transaction

from llm.core.budgets.lease import LEASE_S, granted, room
from llm.models import LedgerLease, LedgerSlot
from llm.stores.unavailable import UNAVAILABLE

SLOTS, LEASES = LedgerSlot._meta.db_table, LedgerLease._meta.db_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a worker tells of an account, and wants of it.

    `keep` is what it holds now and keeps, `spent` by slot what it has spent and no call record will tell. `need` is
    wanted at once, `slack` beyond it; `largest` is the largest single need. The window is slots `first` to `slot`.
    """

    account: str
    lease_slot: int
    first: int
    slot: int
    cap: int
    keep: int
    spent: Mapping[int, int] = field(default_factory=dict)
    need: int = 0
    slack: int = 0
    largest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """The lease after an exchange. `left`: what others may still lease. `oldest`: the first slot with spending."""

    amount: int
    left: int
    oldest: int | None = None


class DatabaseLedger:
    """The database for one thread, on a connection that is checked first."""

    def check(self) -> None:
        """One round trip. Raises DatabaseError."""
        close_old_connections()
        check()

    def exchange(self, holder: str, wishes: Sequence[Exchange]) -> list[Leased]:
        """Raises DatabaseError."""
        close_old_connections()
        leased = exchange(holder, wishes)
        if connection.settings_dict["OPTIONS"].get("pool"):
            connection.close()
        return leased

    def close(self) -> None:
        """Closes the thread's connection."""
        with suppress(*UNAVAILABLE):
            connection.close()


def check() -> None:
    """Returns when the database answers. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def exchange(holder: str, wishes: Sequence[Exchange]) -> list[Leased]:
    """Settles all wishes in one transaction, in an order that cannot deadlock. Raises DatabaseError."""
    ordered = sorted(range(len(wishes)), key=lambda index: wishes[index].account)
    results: dict[int, Leased] = {}
    with transaction.atomic():
        for index in ordered:
            results[index] = _one(holder, wishes[index])
    return [results[index] for index in range(len(wishes))]


def _one(holder: str, wish: Exchange) -> Leased:
    now = _lock(wish.account)
    with connection.cursor() as cursor:
        # An expired lease may have been given to others: what was kept of it is gone.
        cursor.execute(
            f"SELECT amount FROM {LEASES} WHERE account = %s AND slot = %s AND holder = %s AND expires_at > %s",  # noqa: S608  our own names
            [wish.account, wish.lease_slot, holder, now],
        )
        row = cursor.fetchone()
        keep = min(wish.keep, row[0]) if row else 0
        add_spent(wish.account, wish.spent)
        cursor.execute(
            f"SELECT (SELECT COALESCE(SUM(spent), 0) FROM {SLOTS} WHERE account = %s AND slot BETWEEN %s AND %s), "  # noqa: S608  the same
            f"(SELECT COALESCE(SUM(amount), 0) FROM {LEASES} "
            "WHERE account = %s AND slot = %s AND holder <> %s AND expires_at > %s), "
            f"(SELECT MIN(slot) FROM {SLOTS} WHERE account = %s AND slot BETWEEN %s AND %s AND spent > 0)",
            [
                *(wish.account, wish.first, wish.slot),
                *(wish.account, wish.lease_slot, holder, now),
                *(wish.account, wish.first, wish.slot),
            ],
        )
        spent, leased, oldest = cursor.fetchone()
        left = room(wish.cap, spent=int(spent), leased=int(leased) + keep)
        grant = granted(left, need=wish.need, slack=wish.slack, largest=wish.largest)
        _write(holder, wish, keep + grant, now)
    return Leased(amount=keep + grant, left=left - grant, oldest=oldest)


def _lock(account: str) -> float:
    """Locks the account for this transaction; the database's own Unix time."""
    if connection.vendor != "postgresql":
        return time.time()  # SQLite: every transaction is IMMEDIATE, and one machine has one clock
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [account])
        cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


def _write(holder: str, wish: Exchange, amount: int, now: float) -> None:
    with connection.cursor() as cursor:
        if amount <= 0:
            cursor.execute(
                f"DELETE FROM {LEASES} WHERE account = %s AND slot = %s AND holder = %s",  # noqa: S608  the same
                [wish.account, wish.lease_slot, holder],
            )
            return
        cursor.execute(
            f"INSERT INTO {LEASES} (account, slot, holder, amount, expires_at) VALUES (%s, %s, %s, %s, %s) "  # noqa: S608  the same
            "ON CONFLICT (account, slot, holder) "
            "DO UPDATE SET amount = EXCLUDED.amount, expires_at = EXCLUDED.expires_at",
            [wish.account, wish.lease_slot, holder, amount, now + LEASE_S],
        )


def add_spent(account: str, spent: Mapping[int, int]) -> None:
    """Adds to the slots of an account, within the caller's transaction."""
    add_all_spent((account, slot, amount) for slot, amount in spent.items())


def add_all_spent(amounts: Iterable[tuple[str, int, int]]) -> None:
    """Adds (account, slot, amount) each, in the order of the accounts, so that two writers cannot deadlock."""
    values = sorted(amounts)
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {SLOTS} (account, slot, spent) VALUES (%s, %s, %s) "  # noqa: S608  the same
            f"ON CONFLICT (account, slot) DO UPDATE SET spent = {SLOTS}.spent + EXCLUDED.spent",
            values,
        )
