"""The providers as cards: where each stands in words, its money and limits, and the buttons that help."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from llm.admin import formatting, health
from llm.admin.budgets.bars import Bar, bars_by_target
from llm.alerts.conditions.facts import REFILL_AT
from llm.alerts.evidence import has_own_address
from llm.core.capacity.snapshot import UNKNOWN, Capacity, Headroom
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import NOT_IN_SERVICE, Standing
from llm.models import Budget, Provider
from llm.services.catalogue.lists import ListedCounts, listed_counts
from llm.services.status import ProviderStatus
from llm.services.wallets.words import left_in_words
from llm.stores.capacity.here import capacity_store
from llm.stores.config.snapshot import config_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One provider. Empty texts are not shown. `may_come_back`: its circuit keeps calls away, and a test may end it."""

    provider: Provider
    badge: SafeString
    explanation: str
    vendor_message: str
    figures: str
    room: str
    models: str
    money: str
    billing_page: str
    bars: tuple[Bar, ...]
    refused: str
    is_held: bool
    is_in_service: bool
    may_come_back: bool
    is_empty: bool


def cards(providers: list[Provider], statuses: dict[str, ProviderStatus]) -> list[Card]:
    """The cards in the order of the rows."""
    now = timezone.now()
    bars = bars_by_target(Budget.ScopeKind.PROVIDER, (row.name for row in providers))
    capacities, listed = capacity_store.read(), listed_counts()
    return [
        card(
            row,
            statuses.get(row.name),
            bars=tuple(bars.get(row.name, ())),
            room=room_in_words(capacities.get(row.name, UNKNOWN)),
            models=_models(listed.get(row.wallet)),
            now=now,
        )
        for row in providers
    ]


def card(
    provider: Provider, status: ProviderStatus | None, *, bars: tuple[Bar, ...], room: str, models: str, now: datetime
) -> Card:
    """One card; without a status the gateway has not loaded the row yet."""
    is_out = status is not None and status.standing in (Standing.WAITS, Standing.OUT, Standing.RETURNING)
    return Card(
        provider=provider,
        badge=health.standing_badge(status) if status else formatting.badge("default", _("not loaded yet")),
        explanation=_explanation(status, now) if status else "",
        vendor_message=status.last_error.message if status and status.last_error and is_out else "",
        figures=_figures(status) if status else "",
        room=room,
        models=models,
        money=_money(status) if status else "",
        billing_page=billing_page(provider.name),
        bars=bars,
        refused=_refused(status) if status else "",
        is_held=status is not None and status.override is not None,
        is_in_service=status is not None and status.standing not in NOT_IN_SERVICE,
        may_come_back=is_out
        or (status is not None and status.standing is Standing.TO_BE_TRIED and not status.available),
        is_empty=status is not None and status.reason == ErrorClass.CREDIT_EXHAUSTED,
    )


def billing_page(name: str) -> str:
    """Where the vendor's account is refilled; "" when it is not known, as of compatible vendors."""
    config = config_store.current_sync().providers.get(name)
    return REFILL_AT.get(config.candidate.kind, "") if config and has_own_address(config) else ""


def _explanation(status: ProviderStatus, now: datetime) -> str:
    """Why, until when, how much longer, and the operator's reason."""
    reason = status.override.reason if status.override else ""
    wait = ""
    if status.retry_at is not None and status.retry_at > now:
        wait = _("in %(time)s") % {"time": formatting.span(status.retry_at - now)}
    return "; ".join(part for part in (health.explanation(status), wait, reason) if part)


def _figures(status: ProviderStatus) -> str:
    """ "98 % of 41 calls in 60 s; p50 340 ms, p95 900 ms"."""
    parts = []
    if status.window.calls:
        parts.append(
            _("%(share)s of %(calls)s calls in %(s)s s")
            % {
                "share": formatting.percent(status.success_rate),
                "calls": status.window.calls,
                "s": status.window.seconds,
            }
        )
    latency = status.latency_ms
    if latency.p50 is not None:
        parts.append(f"p50 {formatting.milliseconds(latency.p50)}, p95 {formatting.milliseconds(latency.p95)}")
    return "; ".join(parts)


def room_in_words(capacity: Capacity) -> str:
    """What is left of each known limit: "62 % of its limits left: 620 of 1,000 requests"; "" where none is known."""
    parts = []
    if capacity.requests is not None:
        parts.append(_("%(left)s of %(limit)s requests") % _counts(capacity.requests))
    if capacity.tokens is not None:
        parts.append(_("%(left)s of %(limit)s tokens") % _counts(capacity.tokens))
    if capacity.concurrency:
        most = formatting.whole(int(capacity.concurrency))
        parts.append(_("%(now)s of %(most)s calls at once, as learned") % {"now": capacity.in_flight, "most": most})
    if not parts:
        return ""
    share = formatting.percent(capacity.headroom)
    return _("%(share)s of its limits left: %(parts)s") % {"share": share, "parts": ", ".join(parts)}


def _counts(room: Headroom) -> dict[str, str]:
    return {"left": formatting.whole(room.left), "limit": formatting.whole(room.limit)}


def _models(counts: ListedCounts | None) -> str:
    """ "Models listed: 14, new: 2"; "" for an account whose list was not read."""
    if counts is None:
        return ""
    if counts.new:
        return _("Models listed: %(n)s, new: %(new)s") % {"n": counts.models, "new": counts.new}
    return _("Models listed: %(n)s") % {"n": counts.models}


def _money(status: ProviderStatus) -> str:
    """ "$12.40 left, about 3 days"; what was spent, when no balance is known."""
    wallet = status.wallet
    if wallet is None:
        return ""
    if wallet.balance_usd is None:
        return _("balance unknown; %(spent)s spent in 24 h") % {"spent": formatting.money(wallet.spent_24h_usd)}
    return _("%(money)s left (%(time)s)") % {
        "money": formatting.money(wallet.balance_usd),
        "time": left_in_words(wallet),
    }


def _refused(status: ProviderStatus) -> str:
    count = len(status.refused)
    if not count:
        return ""
    text = ngettext("%(n)s limit learned: %(parts)s", "%(n)s limits learned: %(parts)s", count)
    return text % {"n": count, "parts": ", ".join(one.part for one in status.refused)}
