"""Gathers what alerts go by, straight from the rows: circuits, their events, static answers. Synchronous.

Not from the caches, which may be a second old: whoever decides must know no less than whoever decided before.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Count, Min

from llm.alerts.conditions import Facts, ProviderNow, StaticAnswers, Transition
from llm.alerts.decide import Ledger, Subject, Topic
from llm.core.calls import CallStatus
from llm.core.circuit.override import in_force
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.routing.config import Config, ProviderConfig
from llm.core.routing.plan import RoutePolicy
from llm.models import Call, CircuitEvent
from llm.services.probes.budget import ProbeBudget
from llm.stores.circuits import rows as circuits
from llm.stores.config.snapshot import config_store

LOOK_BACK = timedelta(hours=1)
"""How old a transition may be to be told or counted: longer than notices are gathered."""

STATIC_WINDOW = timedelta(minutes=5)
"""So long without a static answer means that they are over."""

OWN_HOSTS = frozenset({"api.anthropic.com", "generativelanguage.googleapis.com", "api.openai.com"})


def gather(ledger: Ledger, budget: ProbeBudget | None, now: datetime) -> Facts:
    """Everything as it is now. Raises DatabaseError."""
    config = config_store.reload_sync()
    circuit = circuits.read_all()
    known = {name: versioned.circuit for name, versioned in circuit.items()}
    names = _in_order(config)
    return Facts(
        providers=tuple(_provider(config.providers[name], known.get(name, Circuit()), now) for name in names),
        transitions=_transitions(names, now - LOOK_BACK),
        static=_static(ledger, now),
        budget=budget,
    )


def _in_order(config: Config) -> list[str]:
    """As the default route asks them."""
    place = {member.provider: member.priority for member in config.routes.get("default", RoutePolicy()).members}
    found = config.candidates.values()
    return [one.name for one in sorted(found, key=lambda one: (place.get(one.name, one.priority), one.name))]


def _provider(provider: ProviderConfig, circuit: Circuit, now: datetime) -> ProviderNow:
    candidate = provider.candidate
    held = in_force(candidate.override, now)
    return ProviderNow(
        name=candidate.name,
        kind=candidate.kind,
        own_address=not provider.base_url or urlsplit(provider.base_url).hostname in OWN_HOSTS,
        enabled=candidate.enabled and not (held is not None and held.keeps_out),
        has_key=candidate.has_key,
        state=circuit.state,
        throttled=circuit.throttled(now),
        reason=str(circuit.reason or ""),
        since=circuit.since,
        retry_at=circuits.retry_at(circuit, now),
    )


def _transitions(names: list[str], since: datetime) -> tuple[Transition, ...]:
    rows = CircuitEvent.objects.filter(provider__in=names, at__gt=since).order_by("at", "generation")
    known = {str(state) for state in CircuitState}
    return tuple(
        Transition(provider=provider, at=at, before=CircuitState(before), after=CircuitState(after), by=by)
        for provider, at, before, after, by in rows.values_list("provider", "at", "before", "after", "by")
        if before in known and after in known
    )


def _static(ledger: Ledger, now: datetime) -> StaticAnswers:
    answers = Call.objects.filter(status=str(CallStatus.STATIC))
    recent = answers.filter(started_at__gt=now - STATIC_WINDOW).aggregate(n=Count("pk"), first=Min("started_at"))
    line = ledger.line(Subject(topic=Topic.STATIC))
    in_all = 0
    if line is not None and line.active and line.since is not None:
        in_all = answers.filter(started_at__gte=line.since).count()
    return StaticAnswers(recent=recent["n"], in_all=in_all, first_at=recent["first"])
