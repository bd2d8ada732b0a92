"""Each account's money now: balance, what it spent, and how long it lasts."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic
from zoneinfo import ZoneInfo

from llm.conf import llm_settings
from llm.core.forecast.ledger import Count, EntryKind
from llm.core.forecast.outlook import HISTORY, Forecast, forecast
from llm.models import Wallet
from llm.services.runtime import clock
from llm.stores import wallets as store
from llm.stores.usage.spend import spend_by_hour, spent

KEPT_S = 60.0
"""How old the values of `recent_wallets` may be. A forecast takes some 30 ms of CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletState:
    """An account's money. Amounts in USD; `balance_usd` None: unknown, below 0: more was spent than is declared.

    `source`: what the balance is counted from, at `since`; None without a ledger. `told_amount` is the vendor's last
    word in a currency other than USD, which no sum holds. `ask_fault`: why the vendor's balance could not be read.
    """

    account: str
    providers: tuple[str, ...]
    balance_usd: Decimal | None
    source: EntryKind | None
    since: datetime | None
    spent_24h_usd: Decimal
    spent_30d_usd: Decimal
    forecast: Forecast
    told_at: datetime | None = None
    told_amount: Decimal | None = None
    told_currency: str = ""
    ask_fault: str = ""
    refilled_at: datetime | None = None


def wallet_states(account: str | None = None) -> tuple[WalletState, ...]:
    """The accounts by name, those of providers and those with a ledger; or the one that is named."""
    now = clock.now()
    accounts = store.providers_by_account()
    rows = {row.account: row for row in Wallet.objects.all()}
    names = sorted({*accounts, *rows}) if account is None else [account] if account in {*accounts, *rows} else []
    return tuple(_state(name, accounts, rows.get(name), now) for name in names)


def _state(account: str, accounts: dict[str, list[str]], row: Wallet | None, now: datetime) -> WalletState:
    wallet = row or Wallet(account=account)
    spenders = store.spenders_of(wallet, accounts)
    counted = store.count(wallet) if row else Count()
    balance = store.balance_at(counted, spenders, now)
    hours = dict(spend_by_hour(now - HISTORY, now, providers=spenders)) if spenders else {}
    foreign = wallet.told_amount if wallet.told_currency not in ("", "USD") else None
    return WalletState(
        account=account,
        providers=tuple(accounts.get(account, ())),
        balance_usd=balance,
        source=counted.source,
        since=counted.since,
        spent_24h_usd=spent(now - timedelta(hours=24), now, providers=spenders) if spenders else Decimal(0),
        spent_30d_usd=sum(hours.values(), Decimal(0)),
        forecast=forecast(hours, balance, now, zone=ZoneInfo(llm_settings().time_zone)),
        told_at=wallet.told_at,
        told_amount=foreign,
        told_currency=wallet.told_currency if foreign is not None else "",
        ask_fault=wallet.ask_fault,
        refilled_at=store.refilled_at(wallet) if row else None,
    )


class RecentWallets:
    """The states as they were at most KEPT_S ago, for readers that come every second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: tuple[WalletState, ...] = ()
        self._read_at: float | None = None
        self._changes = 0

    def read(self, *, wait: bool = True) -> tuple[WalletState, ...]:
        """Without `wait`, what is in memory while another thread reads: nothing in a new process."""
        if self._is_fresh():
            return self._states
        if not self._lock.acquire(blocking=wait):
            return self._states
        try:
            if not self._is_fresh():
                changes = self._changes
                self._states = wallet_states()
                self._read_at = monotonic() if changes == self._changes else None
            return self._states
        finally:
            self._lock.release()

    def forget(self) -> None:
        """The next reader reads the database: the ledger has changed."""
        self._changes += 1
        self._read_at = None

    def _is_fresh(self) -> bool:
        read_at = self._read_at
        return read_at is not None and monotonic() - read_at <= KEPT_S


recent_wallets = RecentWallets()
