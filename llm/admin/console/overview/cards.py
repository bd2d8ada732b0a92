"""The four cards: calls, answers by the first choice, static answers, spending; each beside the day before."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.console.change import Change, change_of_count, change_of_money, change_of_share
from llm.admin.console.links import CALLERS, calls_link, link
from llm.core.calls import CallStatus
from llm.core.usage.sums import Sums
from llm.services.analytics.day import LastDay
from llm.services.status import Status
from llm.services.wallets.words import left_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line below a card's number; with `href` a link."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One number with its link, and how it differs from the 24 hours before."""

    title: str
    value: str
    href: str
    change: Change
    notes: tuple[Note, ...] = ()


def cards(day: LastDay, status: Status | None) -> tuple[Card, ...]:
    """The cards of the day; with a status its wallets' time left too."""
    now, before = day.totals, day.before
    unanswered = now.calls - now.answered - now.static - now.rejected - now.cancelled
    return (
        Card(
            title=_("Calls in 24 h"),
            value=formatting.whole(now.calls),
            href=calls_link(since=day.start, origin=CALLERS),
            change=change_of_count(now.calls, before.calls),
            notes=(
                Note(
                    text=_("%(n)s not answered") % {"n": formatting.whole(unanswered)},
                    href=calls_link(since=day.start, origin=CALLERS, status="unanswered"),
                ),
            ),
        ),
        Card(
            title=_("By the first choice"),
            value=formatting.percent(first_choice_share(now)),
            href=calls_link(since=day.start, origin=CALLERS, choice="first"),
            change=change_of_share(first_choice_share(now), first_choice_share(before), more_is="good"),
            notes=(
                Note(
                    text=_("%(n)s by another provider") % {"n": formatting.whole(now.fallbacks)},
                    href=calls_link(since=day.start, origin=CALLERS, choice="other"),
                ),
            ),
        ),
        Card(
            title=_("Static texts"),
            value=formatting.whole(now.static),
            href=calls_link(since=day.start, origin=CALLERS, status=CallStatus.STATIC),
            change=change_of_count(now.static, before.static, more_is="bad"),
        ),
        Card(
            title=_("Spending"),
            value=formatting.money(now.cost_usd),
            href=link("console:spend", since=day.start, until=day.at, by="provider"),
            change=change_of_money(now.cost_usd, before.cost_usd),
            notes=(*_month(day), *_wallets(status)),
        ),
    )


def first_choice_share(sums: Sums) -> float | None:
    """The share of the calls that the first provider of their chain answered; None without a call to answer."""
    answerable = sums.calls - sums.rejected - sums.cancelled
    return (sums.answered - sums.fallbacks) / answerable if answerable > 0 else None


def _month(day: LastDay) -> tuple[Note, ...]:
    spent = formatting.money(day.month_usd)
    text = (
        _("%(usd)s this month") % {"usd": spent}
        if day.pace_usd is None
        else _("%(usd)s this month, %(pace)s at this pace") % {"usd": spent, "pace": formatting.money(day.pace_usd)}
    )
    return (Note(text=text, href=link("console:spend", period="month", by="provider")),)


def _wallets(status: Status | None) -> tuple[Note, ...]:
    """How long each wallet with a known balance lasts."""
    known = {} if status is None else {each.wallet.account: each.wallet for each in status.providers if each.wallet}
    return tuple(
        Note(
            text=_("%(account)s: %(usd)s, %(left)s")
            % {"account": wallet.account, "usd": formatting.money(wallet.balance_usd), "left": left_in_words(wallet)},
            href=link("admin:llm_wallet_changelist"),
        )
        for wallet in known.values()
        if wallet.balance_usd is not None
    )
