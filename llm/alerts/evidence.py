"""Reads the facts for alerts: circuits, their events and static answers from the database, this host's journal.

Bypasses the caches, which may be a second old: each decision needs facts at least as new as the last one's.
"""

import socket
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Count, Min

from llm.alerts.conditions import BudgetNow, Facts, JournalNow, ProviderNow, StaticAnswers, Transition
from llm.alerts.decide import Ledger, Subject, Topic
from llm.core.calls import CallStatus
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.routing.config import ProviderConfig
from llm.core.routing.standing import standing_of
from llm.models import Budget, Call, CircuitEvent
from llm.services.probes.budget import ProbeBudget
from llm.services.runtime import call_log
from llm.stores.budgets.state import budget_state
from llm.stores.circuits import rows as circuits
from llm.stores.config.snapshot import config_store

LOOK_BACK = timedelta(hours=1)
"""The greatest age of a transition that is reported or counted. Longer than `AlertPolicy.gather_s`."""

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
        journal=JournalNow(host=socket.gethostname(), fault=call_log.durability().fault),
        budgets=tuple(_budget(row, now) for row in Budget.objects.filter(enabled=True)),
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
        own_address=not provider.base_url or urlsplit(provider.base_url).hostname in OWN_HOSTS,
        standing=standing.standing,
        available=standing.available,
        state=circuit.state,
        reason=str(circuit.reason or ""),
        since=circuit.since,
        retry_at=standing.retry_at,
    )


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
    recent = answers.filter(started_at__gt=now - STATIC_WINDOW).aggregate(n=Count("pk"), first=Min("started_at"))
    line = ledger.line(Subject(topic=Topic.STATIC))
    total = 0
    if line is not None and line.active and line.since is not None:
        total = answers.filter(started_at__gte=line.since).count()
    return StaticAnswers(recent=recent["n"], total=total, first_at=recent["first"])
