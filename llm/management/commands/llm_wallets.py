"""`manage.py llm_wallets`: what each vendor account holds and how long it lasts; records top-ups and balances."""

import argparse
from decimal import Decimal, InvalidOperation

from django.core.management.base import CommandParser

from llm.management.base import Error, Exit, LLMCommand
from llm.management.operator import operator
from llm.management.show import UNKNOWN, moment, span, table
from llm.models import Wallet, WalletEntry
from llm.services.access.rights import Need, Right
from llm.services.wallets.entries import MAX_NOTE, declare, top_up
from llm.services.wallets.state import WalletState, wallet_states
from llm.services.wallets.words import SOURCES, left_in_words, remarks

TITLES = ("account", "providers", "balance", "from", "counted since", "24 h", "30 d", "per hour", "lasts", "80 % sure")
NONE = "No provider is configured, so there is no account. Run: python manage.py llm_providers sync"


def usd(text: str) -> Decimal:
    """An amount of money, "50" or "12.50". For argparse."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no amount of US dollars; write for example 50 or 12.50"
        ) from None
    if not amount.is_finite():
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of US dollars")
    return amount


class Command(LLMCommand):
    help = (
        "Lists the vendor accounts: what each has spent, its balance and where that is known from, what it spends an "
        "hour, and how long the money lasts. `topup` records money that was paid in; `declare` says what the balance "
        "is now, as the vendor's console shows it."
    )
    need = Need(Right.VIEW, Wallet)
    examples = (
        "  manage.py llm_wallets\n"
        '  manage.py llm_wallets topup claude 50 --note "invoice 1234"\n'
        "  manage.py llm_wallets declare gemini 12.50\n"
        "  manage.py llm_wallets --json"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=("list", "topup", "declare"), default="list")
        parser.add_argument("name", nargs="?", metavar="NAME", help="The account: a provider's, or that it names.")
        parser.add_argument("usd", nargs="?", type=usd, metavar="USD", help="US dollars.")
        parser.add_argument("--note", default="", help=f"Kept in the ledger; at most {MAX_NOTE} characters.")

    def needed(self, options: argparse.Namespace) -> Need | None:
        return self.need if options.action == "list" else Need(Right.ADD, WalletEntry)

    def run(self, options: argparse.Namespace) -> Exit:
        if options.action == "list":
            if options.name is not None or options.note:
                raise Error("The list takes no name, amount or note.")
            states = wallet_states()
            text = "\n".join([table(TITLES, map(cells, states)), *notes(states)]) if states else NONE
            self.show(options, value={"wallets": states}, text=text)
            return Exit.OK
        if options.name is None or options.usd is None:
            raise Error(
                f"{options.action} needs an account and an amount: manage.py llm_wallets {options.action} claude 50"
            )
        if len(options.note) > MAX_NOTE:
            raise Error(f"--note may have at most {MAX_NOTE} characters.")
        record = top_up if options.action == "topup" else declare
        state = record(options.name, options.usd, by=operator("llm_wallets", user=options.user_name), note=options.note)
        text = "\n".join([table(TITLES, [cells(state)]), *notes((state,))])
        self.show(options, value=state, text=text)
        return Exit.OK


def cells(state: WalletState) -> tuple[str, ...]:
    """One account as a row of the table."""
    forecast = state.forecast
    interval = UNKNOWN
    if forecast.low is not None and forecast.hours_left:
        interval = f"{span(3600 * forecast.low)} to {span(3600 * forecast.high) if forecast.high else 'over 90 d'}"
    return (
        state.account,
        ", ".join(state.providers) or UNKNOWN,
        UNKNOWN if state.balance_usd is None else f"{state.balance_usd:.2f}",
        str(SOURCES[state.source]) if state.source else UNKNOWN,
        moment(state.since),
        f"{state.spent_24h_usd:.2f}",
        f"{state.spent_30d_usd:.2f}",
        UNKNOWN if forecast.burn_per_hour is None else f"{forecast.burn_per_hour:.4f}",
        left_in_words(state),
        interval,
    )


def notes(states: tuple[WalletState, ...]) -> list[str]:
    """What the table has no room for."""
    return [f"{state.account}: {remark}" for state in states for remark in remarks(state)]
