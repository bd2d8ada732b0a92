"""What operators tell of wallets, and what calls show of them."""

from datetime import datetime
from decimal import Decimal

import structlog

from llm.core.exceptions import LLMError
from llm.core.forecast.ledger import EntryKind, evidence
from llm.models import Wallet, WalletEntry
from llm.services.runtime import clock
from llm.services.wallets.state import WalletState, recent_wallets, wallet_states
from llm.stores import wallets as store

log = structlog.get_logger(__name__)

MOST_USD = Decimal(10_000_000)
"""A larger amount is a slip of the keyboard."""
MAX_NOTE = 200
GATEWAY = "gateway"
"""Who wrote the entries that calls have made."""


class UnknownAccount(LLMError):
    """No provider spends an account of this name, and no ledger has it."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"There is no account named {name!r}; there are: {', '.join(known) or 'none'}.")


class BadAmount(LLMError):
    """An amount that cannot be: not positive for a top-up, or too large."""


def top_up(account: str, usd: Decimal, *, by: str, note: str = "") -> WalletState:
    """Records that `usd` was paid in now. Raises UnknownAccount and BadAmount."""
    if not usd > 0:
        raise BadAmount("A top-up must be above 0 USD; to correct the balance, declare it.")
    return _record(account, EntryKind.TOPUP, usd, by=by, note=note)


def declare(account: str, usd: Decimal, *, by: str, note: str = "") -> WalletState:
    """Records that the balance is `usd` now, whatever was counted. Raises UnknownAccount and BadAmount."""
    return _record(account, EntryKind.DECLARED, usd, by=by, note=note)


def _record(account: str, kind: EntryKind, usd: Decimal, *, by: str, note: str) -> WalletState:
    if not usd.is_finite() or abs(usd) > MOST_USD:
        raise BadAmount(f"An amount may be at most {MOST_USD} USD.")
    accounts = store.providers_by_account()
    known = sorted({*accounts, *Wallet.objects.values_list("account", flat=True)})
    if account not in known:
        raise UnknownAccount(account, known)
    store.add(account, kind, usd, by=by, at=clock.now(), note=note[:MAX_NOTE])
    store.remember_spenders(accounts)
    recent_wallets.forget()
    log.info("wallet_entry", account=account, kind=str(kind), usd=str(usd), by=by)
    (state,) = wallet_states(account)
    return state


def learn_from_calls() -> int:
    """Adds to each wallet what calls have shown since: that it is empty, or that there is money again.

    Returns how many entries were added.
    """
    accounts = store.providers_by_account()
    store.remember_spenders(accounts)
    added = [entry for wallet in Wallet.objects.all() if (entry := _learn(wallet, accounts)) is not None]
    if added:
        recent_wallets.forget()
    return len(added)


def _learn(wallet: Wallet, accounts: dict[str, list[str]]) -> WalletEntry | None:
    last: datetime | None = wallet.entries.order_by("-at").values_list("at", flat=True).first()
    spenders = store.spenders_of(wallet, accounts)
    if last is None or not spenders:
        return None
    refused_at, answered_at = store.last_refusal_and_answer(spenders, last)
    if refused_at is None and answered_at is None:
        return None
    return store.add_evidence(
        wallet.pk,
        lambda entries: evidence(entries, refused_at=refused_at, answered_at=answered_at),
        by=GATEWAY,
    )
