"""Reads the facts for alerts: circuits, their events and static answers from the database, this host's journal.

Bypasses the caches, which may be a second old: each decision needs facts at least as new as the last one's.
"""

import socket
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from django.db.models import Count, Min

from llm.alerts.conditions.facts import (
    BooksNow,
    BudgetNow,
    Facts,
    JournalNow,
    ModelGone,
    ProviderNow,
    SpendingNow,
    StaticAnswers,
    Transition,
    WalletNow,
)
from llm.alerts.decide import Ledger, Subject
from llm.alerts.events import Topic
from llm.core.calls import CallStatus
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.forecast.ledger import EntryKind
from llm.core.routing.config import Config, ProviderConfig
from llm.core.routing.standing import standing_of
from llm.models import Budget, Call, CircuitEvent, Reconciliation
from llm.services.catalogue.lists import gone_and_serving
from llm.services.probes.budget import ProbeBudget
from llm.services.routes import standby
from llm.services.runtime import call_log
from llm.services.spending import recent_spending
from llm.services.wallets.state import WalletState, recent_wallets
from llm.stores.budgets.state import budget_state
from llm.stores.circuits import rows as circuits
from llm.stores.config.snapshot import config_store

LOOK_BACK = timedelta(hours=1)
"""The greatest age of a transition that is reported or counted. Longer than `AlertPolicy.gather_s`."""

BOOKS_LOOK_BACK = timedelta(days=7)
"""Older comparisons tell nothing of now."""

STATIC_WINDOW = timedelta(minutes=5)
"""After this time without a static answer the condition ends."""

OWN_HOSTS = frozenset({"api.anthropic.com", "generativelanguage.googleapis.com", "api.openai.com"})


def gather(ledger: Ledger, budget: ProbeBudget | None, now: datetime) -> Facts:
    """Reads the current facts. Raises DatabaseError."""
    config = config_store.reload_sync()
    stored = {name: versioned.circuit for name, versioned in circuits.read_all().items()}
    names = config.default_order
    return Facts(
        providers=tuple(_provider(config.providers[name], stored.get(name, Circuit()), now) for name in names),
        transitions=_transitions(names, now - LOOK_BACK),
        static=_static(ledger, now),
        budget=budget,
        wallets=tuple(_wallet(state, config, ledger) for state in recent_wallets.read()),
        spending=tuple(
            SpendingNow(rule=rule, seen=seen, told=_told(ledger, Subject(topic=Topic.SPENDING, name=rule.name)))
            for rule, seen in recent_spending.read()
        ),
        books=_books(now),
        journal=JournalNow(host=socket.gethostname(), fault=call_log.durability().fault),
        budgets=tuple(_budget(row, now) for row in Budget.objects.filter(enabled=True)),
        standbys=standby.joined(),
        gone=_gone(),
    )


def _gone() -> tuple[ModelGone, ...]:
    return tuple(
        ModelGone(provider=name, model=state.model, routes=state.routes, since=state.last_seen)
        for state in gone_and_serving()
        for name in state.served_by
    )


def _budget(row: Budget, now: datetime) -> BudgetNow:
    state = budget_state(row, now)
    return BudgetNow(name=row.name, step=state.step, renews_at=state.renews_at)


def _provider(provider: ProviderConfig, circuit: Circuit, now: datetime) -> ProviderNow:
    candidate = provider.candidate
    standing = standing_of(candidate, circuit, now)
    return ProviderNow(
        name=candidate.name,
        kind=candidate.kind,
        own_address=has_own_address(provider),
        standing=standing.standing,
        available=standing.available,
        state=circuit.state,
        reason=str(circuit.reason or ""),
        since=circuit.since,
        retry_at=standing.retry_at,
    )


def _wallet(state: WalletState, config: Config, ledger: Ledger) -> WalletNow:
    spenders = [provider for name in state.providers if (provider := config.providers.get(name)) is not None]
    last = _told(ledger, Subject(topic=Topic.WALLET, name=state.account))
    eased = last is not None and state.refilled_at is not None and state.refilled_at > last
    return WalletNow(
        account=state.account,
        kind=spenders[0].candidate.kind if spenders else "",
        own_address=bool(spenders) and has_own_address(spenders[0]),
        balance_usd=None if state.balance_usd is None else float(state.balance_usd),
        hours_left=state.forecast.hours_left,
        refused=state.source is EntryKind.EMPTY and state.balance_usd is not None and state.balance_usd <= 0,
        held=last is not None and not eased,
        eased=eased,
    )


def _books(now: datetime) -> tuple[BooksNow, ...]:
    """The accounts whose last days were compared with the vendor's report, by name."""
    rows = Reconciliation.objects.filter(day__gte=now.date() - BOOKS_LOOK_BACK).order_by("account", "-day")
    return tuple(_books_of(list(days)) for _, days in groupby(rows, key=lambda row: row.account))


def _books_of(days: list[Reconciliation]) -> BooksNow:
    last = days[0]
    in_a_row = [row for place, row in enumerate(days[:2]) if row.day == last.day - timedelta(days=place)]
    return BooksNow(
        account=last.account,
        end=datetime.combine(last.day + timedelta(days=1), time(), UTC),
        ours_usd=float(last.ours_usd),
        theirs_usd=float(last.theirs_usd),
        shares=tuple(row.share for row in in_a_row),
    )


def _told(ledger: Ledger, subject: Subject) -> datetime | None:
    """When the subject's trouble was last told of, while it is not over."""
    line = ledger.line(subject)
    return line.reminded_at if line is not None and line.active else None


def has_own_address(provider: ProviderConfig) -> bool:
    """Whether calls go to the vendor itself, and not to a proxy or a compatible vendor."""
    return not provider.base_url or urlsplit(provider.base_url).hostname in OWN_HOSTS


def _transitions(names: list[str], since: datetime) -> tuple[Transition, ...]:
    rows = CircuitEvent.objects.filter(provider__in=names, at__gt=since).order_by("at", "generation")
    states = {str(state) for state in CircuitState}
    return tuple(
        Transition(provider=provider, at=at, before=CircuitState(before), after=CircuitState(after), by=by)
        for provider, at, before, after, by in rows.values_list("provider", "at", "before", "after", "by")
        if before in states and after in states
    )


def _static(ledger: Ledger, now: datetime) -> StaticAnswers:
    answers = Call.objects.filter(status=str(CallStatus.STATIC))
    recent = answers.begun(now - STATIC_WINDOW).aggregate(n=Count("pk"), first=Min("started_at"))
    line = ledger.line(Subject(topic=Topic.STATIC))
    total = 0
    if line is not None and line.active and line.since is not None:
        total = answers.begun(line.since).count()
    return StaticAnswers(recent=recent["n"], total=total, first_at=recent["first"])
