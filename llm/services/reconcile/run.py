"""Compares an account's day with the vendor's report, and keeps the result."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import structlog

from llm.adapters.reports import google_csv, read_day
from llm.core.exceptions import ReportUnavailable
from llm.core.reconcile.compare import Comparison, Difference, compare
from llm.core.reconcile.day import TokenKind, VendorDay
from llm.models import Reconciliation
from llm.services import portal
from llm.services.reconcile.accounts import BookedAccount, accounts_of
from llm.services.reconcile.ours import our_day
from llm.services.runtime import clock
from llm.stores.config.snapshot import config_store
from llm.stores.prices import token_rates

log = structlog.get_logger(__name__)

READY_AFTER = timedelta(hours=6)
"""How long after its end a day's report counts as whole. Anthropic's follows within minutes, OpenAI's within hours."""
LOOKED_AT = 3
"""How many days back the worker fills gaps."""


def reconcile(account: BookedAccount, day: date, csv: Path | None = None) -> Reconciliation:
    """Compares the UTC day and keeps the result in place of an earlier one. Raises ReportUnavailable."""
    theirs, source = _theirs(account, day, csv)

    def listed(model: str, tier: str) -> Mapping[TokenKind, Decimal] | None:
        return token_rates(account.kind, model, tier, datetime.combine(day, time(12), UTC))

    comparison = compare(our_day(account.providers, day), theirs, listed)
    row, _ = Reconciliation.objects.update_or_create(
        account=account.name, day=day, defaults={"at": clock.now(), "source": source, **_columns(comparison)}
    )
    return row


def _theirs(account: BookedAccount, day: date, csv: Path | None) -> tuple[VendorDay, str]:
    if csv is not None:
        return google_csv.read(csv, day), csv.name
    asks = account.asks
    if asks is None:
        raise ReportUnavailable(f"{account.name} cannot be compared: {account.lacks}.")
    return portal.run(lambda: read_day(asks, day)), "report"


def _columns(comparison: Comparison) -> dict[str, object]:
    return {
        "ours_usd": comparison.ours_usd,
        "theirs_usd": comparison.theirs_usd,
        "unexplained_usd": comparison.unexplained_usd,
        "share": float(comparison.share),
        "differences": [_difference(each) for each in comparison.differences],
    }


def _difference(each: Difference) -> dict[str, object]:
    return {
        "cause": str(each.cause),
        "model": each.model,
        "tier": each.tier,
        "usd": f"{each.usd:f}",
        "tokens": {str(kind): count for kind, count in each.tokens.items() if count},
        "requests": each.requests,
        "detail": each.detail,
    }


def reconcile_due() -> int:
    """Compares the last days that are over and not yet compared, for the worker; returns how many days were.

    A report that cannot be read is logged, and asked for again an hour later.
    """
    last = (clock.now() - READY_AFTER).date() - timedelta(days=1)
    days = [last - timedelta(days=back) for back in range(LOOKED_AT)]
    done = 0
    for account in accounts_of(config_store.current_sync()):
        if account.asks is None:
            continue
        kept = set(Reconciliation.objects.filter(account=account.name, day__in=days).values_list("day", flat=True))
        for day in (day for day in reversed(days) if day not in kept):
            try:
                reconcile(account, day)
            except ReportUnavailable as error:
                log.warning("report_unavailable", account=account.name, day=str(day), error=str(error))
                break
            done += 1
    return done
