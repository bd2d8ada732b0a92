"""Asks the vendors that tell a balance, at most every ASK_EVERY for each account, whatever the number of workers."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db.models import Q

from llm.adapters.openai.balance import balance_source
from llm.core.exceptions import LLMError
from llm.core.failures.policy import ProviderError
from llm.core.forecast.ledger import EntryKind, VendorBalance
from llm.core.routing.config import ProviderConfig
from llm.models import Wallet
from llm.services import portal
from llm.services.runtime import clock, runtime
from llm.services.wallets.state import recent_wallets
from llm.stores import wallets as store
from llm.stores.config.snapshot import config_store

log = structlog.get_logger(__name__)

ASK_EVERY = timedelta(minutes=15)
ENTRY_EVERY = timedelta(hours=24)
SAME_USD = Decimal("0.01")
TIMEOUT_S = 10.0
USD = "USD"
VENDOR = "vendor"
"""Who wrote the entries of told balances."""


def ask_vendors() -> int:
    """Asks the accounts that are due; returns how many told a balance.

    A ledger gets an entry when an answer in US dollars differs from its count. What could not be read stands at the
    wallet.
    """
    config = config_store.current_sync()
    by_account: dict[str, list[ProviderConfig]] = {}
    for name in config.default_order:
        provider = config.providers[name]
        if provider.candidate.has_key and provider.candidate.enabled and _may_tell(provider):
            by_account.setdefault(provider.wallet, []).append(provider)
    due = [account for account in by_account if _take(account)]
    return sum(_ask(account, by_account[account]) for account in due)


def _may_tell(provider: ProviderConfig) -> bool:
    return provider.candidate.kind == "openai" and balance_source(provider.base_url) is not None


def _take(account: str) -> bool:
    """Whether this worker is to ask now; the others then wait for their turn."""
    now = clock.now()
    Wallet.objects.get_or_create(account=account)
    waiting = Q(asked_at=None) | Q(asked_at__lte=now - ASK_EVERY)
    return bool(Wallet.objects.filter(waiting, account=account).update(asked_at=now))


def _ask(account: str, providers: Iterable[ProviderConfig]) -> bool:
    """Asks through the first provider that is told; an account has one balance."""
    fault = ""
    for provider in providers:
        try:
            balance = portal.run(lambda provider=provider: _balance(provider))  # type: ignore[misc]
        except ProviderError as error:
            fault = f"{provider.name}: {error.failure.error_class}, {error.failure.message}"[:200]
            continue
        except (LLMError, TimeoutError) as error:
            fault = f"{provider.name}: {type(error).__name__}"
            continue
        if balance is not None:
            _record(account, balance)
            return True
    Wallet.objects.filter(account=account).update(ask_fault=fault)
    if fault:
        log.warning("balance_not_told", account=account, fault=fault)
    return False


async def _balance(provider: ProviderConfig) -> VendorBalance | None:
    await runtime().prepare(await config_store.current())
    async with asyncio.timeout(TIMEOUT_S):
        return await runtime().adapter(provider).balance(timeout_s=TIMEOUT_S)


def _record(account: str, balance: VendorBalance) -> None:
    now = clock.now()
    Wallet.objects.filter(account=account).update(
        told_at=now, told_amount=balance.amount, told_currency=balance.currency, ask_fault=""
    )
    if balance.currency == USD and not _is_known(account, balance.amount, now):
        store.add(account, EntryKind.TOLD, balance.amount, by=VENDOR, at=now)
    recent_wallets.forget()


def _is_known(account: str, amount: Decimal, now: datetime) -> bool:
    """Whether the count from the vendor's last word of today says the same: then the ledger needs no entry."""
    wallet = Wallet.objects.get(account=account)
    counted = store.count(wallet)
    if counted.source is not EntryKind.TOLD or counted.since is None or now - counted.since > ENTRY_EVERY:
        return False
    spenders = store.spenders_of(wallet, store.providers_by_account())
    balance = store.balance_at(counted, spenders, now)
    return balance is not None and abs(balance - amount) < SAME_USD
