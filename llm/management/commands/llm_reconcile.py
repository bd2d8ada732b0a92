"""`manage.py llm_reconcile`: compares own costs with what the vendors' reports say."""

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from llm.core.exceptions import ReportUnavailable
from llm.core.reconcile.compare import TOLERANCE
from llm.management.base import Error, Exit, LLMCommand
from llm.management.durations import duration
from llm.management.show import UNKNOWN, table
from llm.models import Reconciliation
from llm.services.access.rights import Need, Right
from llm.services.reconcile.accounts import BookedAccount, accounts_of
from llm.services.reconcile.run import reconcile
from llm.services.reconcile.words import CAUSES
from llm.stores.config.snapshot import config_store

DAYS = ("day", "account", "ours USD", "vendor USD", "differing", "unexplained USD")
CAUSE_TITLES = ("USD", "cause", "model", "tier", "requests", "detail")
LONGEST = timedelta(days=92)


class Command(LLMCommand):
    help = (
        "Compares a day's own costs with the vendor's usage and cost reports, and names each difference. "
        "Days are UTC's. Needs ANTHROPIC_ADMIN_KEY or OPENAI_ADMIN_KEY; for Gemini a CSV of the billing export. "
        "Exit 0: they agree within 1 %; 1: they differ; 2: could not compare."
    )
    need = Need(Right.VIEW, Reconciliation)
    examples = (
        "  manage.py llm_reconcile\n"
        "  manage.py llm_reconcile --last 7d --account claude\n"
        "  manage.py llm_reconcile --day 2026-11-27 --account gemini --csv export.csv"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=_day, metavar="DATE", help="One day (yesterday).")
        parser.add_argument("--last", type=duration, metavar="7d", help="The last whole days.")
        parser.add_argument("--account", help="One vendor account (all whose report can be asked for).")
        parser.add_argument("--csv", type=Path, metavar="FILE", help="The vendor's side from a file; needs --account.")

    def run(self, options: argparse.Namespace) -> Exit:
        rows: list[Reconciliation] = []
        faults: list[str] = []
        for account in _chosen(options):
            for day in _days(options):
                try:
                    rows.append(reconcile(account, day, options.csv))
                except ReportUnavailable as error:
                    faults.append(str(error))
                    break
        value = {"reconciliations": [_as_value(row) for row in rows], "faults": faults}
        self.show(options, value=value, text="\n\n".join([*map(_text, rows), *faults]))
        if faults:
            return Exit.MISTAKE
        return Exit.DOWN if any(row.share > TOLERANCE for row in rows) else Exit.OK


def _chosen(options: argparse.Namespace) -> list[BookedAccount]:
    accounts = {account.name: account for account in accounts_of(config_store.current_sync())}
    if options.csv is not None and options.account is None:
        raise Error("--csv needs --account.")
    if options.account is not None:
        if options.account not in accounts:
            raise Error(f"There is no account {options.account!r}; there are: {', '.join(accounts) or 'none'}.")
        return [accounts[options.account]]
    asked = [account for account in accounts.values() if account.asks is not None]
    if not asked:
        lacking = "; ".join(f"{account.name}: {account.lacks}" for account in accounts.values())
        raise Error(f"No account can be compared. {lacking}." if lacking else "No provider is configured.")
    return asked


def _days(options: argparse.Namespace) -> list[date]:
    if options.day is not None and options.last is not None:
        raise Error("Give --day or --last.")
    today = timezone.now().date()
    if options.day is not None:
        return [options.day]
    last = options.last or timedelta(days=1)
    if not timedelta(days=1) <= last <= LONGEST:
        raise Error(f"--last must be from 1 to {LONGEST.days} days.")
    return [today - timedelta(days=back) for back in range(last.days, 0, -1)]


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; example: 2026-11-27")
    return day


def _as_value(row: Reconciliation) -> dict[str, Any]:
    return {
        "account": row.account,
        "day": row.day,
        "source": row.source,
        "ours_usd": row.ours_usd,
        "theirs_usd": row.theirs_usd,
        "unexplained_usd": row.unexplained_usd,
        "share": row.share,
        "differences": row.differences,
    }


def _text(row: Reconciliation) -> str:
    sums = [f"{usd:.6f}" for usd in (row.ours_usd, row.theirs_usd)]
    days = table(DAYS, [(str(row.day), row.account, *sums, f"{row.share:.2%}", f"{row.unexplained_usd:.6f}")])
    if not row.differences:
        return f"{days}\n\nNo differences."
    return f"{days}\n\n{table(CAUSE_TITLES, [_cells(each) for each in row.differences])}"


def _cells(each: dict[str, Any]) -> tuple[str, ...]:
    requests = UNKNOWN if each["requests"] is None else str(each["requests"])
    cause = str(CAUSES.get(each["cause"], each["cause"]))
    cells = (each["model"], each["tier"] or "default", requests, each["detail"])
    return (f"{float(each['usd']):.6f}", cause, *(cell or UNKNOWN for cell in cells))
