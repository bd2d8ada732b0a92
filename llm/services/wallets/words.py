"""Wallets in words, for commands and screens, in the language in force."""

from collections.abc import Iterable
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from llm.core.forecast.ledger import EntryKind
from llm.core.forecast.outlook import Outlook
from llm.services.wallets.state import WalletState

SHORT_H = 7 * 24
"""Money that lasts no longer is said to be short."""


class Spender(Protocol):
    """A provider's status, as far as it is about money."""

    @property
    def wallet(self) -> WalletState | None: ...


SOURCES: dict[EntryKind, Promise] = {
    EntryKind.TOPUP: gettext_lazy("top-up"),
    EntryKind.DECLARED: gettext_lazy("declared"),
    EntryKind.TOLD: gettext_lazy("told by the vendor"),
    EntryKind.EMPTY: gettext_lazy("empty: a call was refused for lack of credit"),
    EntryKind.MONEY_FOUND: gettext_lazy("money found: a call succeeded after that"),
}
"""Of an entry, and of a balance that is counted from it."""

OUTLOOKS: dict[Outlook, Promise] = {
    Outlook.FAR: gettext_lazy("more than 90 days"),
    Outlook.NO_BURN: gettext_lazy("nothing spent in 30 days"),
    Outlook.SHORT_HISTORY: gettext_lazy("not enough history"),
    Outlook.NO_BALANCE: gettext_lazy("balance unknown"),
    Outlook.EMPTY: gettext_lazy("empty"),
}


def left_in_words(state: WalletState) -> str:
    """How long the money lasts: "about 3 days", "not enough history"."""
    forecast = state.forecast
    if forecast.outlook is Outlook.ENDS and forecast.hours_left is not None:
        return _("about %(span)s") % {"span": hours_in_words(forecast.hours_left)}
    return str(OUTLOOKS[forecast.outlook])


def hours_in_words(hours: float) -> str:
    """A number of hours as people say it: minutes, hours, or days from three on."""
    if hours < 1:
        minutes = max(1, round(60 * hours))
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if hours < 72:
        whole = round(hours)
        return ngettext("%(n)s hour", "%(n)s hours", whole) % {"n": whole}
    days = round(hours / 24)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def remarks(state: WalletState) -> list[str]:
    """What an operator should know of the balance: why it is below zero or unknown, what the vendor said."""
    found = []
    if state.balance_usd is not None and state.balance_usd < 0 and state.source is EntryKind.TOLD:
        found.append(_("Below zero: by the vendor's word and the costs since, this account owes money."))
    elif state.balance_usd is not None and state.balance_usd < 0:
        found.append(
            _("Below zero: more was spent than the ledger knows of. Record the missing top-up, or declare the balance.")
        )
    if state.source is EntryKind.MONEY_FOUND:
        found.append(_("It was empty, and calls succeed again: declare how much there is."))
    if state.source is None:
        found.append(_("No balance is known: record a top-up, or declare the balance."))
    if state.told_amount is not None:
        told = {"amount": f"{state.told_amount:.2f}", "currency": state.told_currency}
        found.append(_("The vendor tells %(amount)s %(currency)s, which is not counted with US dollars.") % told)
    if state.ask_fault:
        found.append(_("The vendor's balance could not be read: %(fault)s.") % {"fault": state.ask_fault.rstrip(".")})
    return found


def short_money(providers: Iterable[Spender]) -> list[str]:
    """A line for each account whose money is known to last less than a week, or to be gone."""
    states = {each.wallet.account: each.wallet for each in providers if each.wallet is not None}
    return [
        (
            _("Money of %(account)s: %(left)s left (%(balance)s USD).")
            if state.forecast.hours_left
            else _("Money of %(account)s: %(left)s (%(balance)s USD).")
        )
        % {"account": state.account, "left": left_in_words(state), "balance": f"{state.balance_usd:.2f}"}
        for state in states.values()
        if state.balance_usd is not None
        and state.forecast.hours_left is not None
        and state.forecast.hours_left <= SHORT_H
    ]
