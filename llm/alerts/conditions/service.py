"""Conditions of providers, static answers, probes and the journal."""

from collections.abc import Sequence

from llm.alerts.conditions.facts import (
    REFILL_AT,
    JournalNow,
    ModelGone,
    ProviderNow,
    StaticAnswers,
    Transition,
)
from llm.alerts.decide import Condition, Details, Subject
from llm.alerts.events import Event, Topic
from llm.core.circuit.state import PROBE_ONLY, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import Standing
from llm.services.probes.budget import ProbeBudget
from llm.services.routes.standby import StandbyNow

SWITCHED_OFF = "switched_off"
"""The reason of an ending without a recovery: the provider was disabled or lost its key."""


def provider(now: ProviderNow, transitions: Sequence[Transition], serving: tuple[str, ...]) -> Condition:
    changes = [transition for transition in transitions if transition.provider == now.name]
    subject = Subject(topic=Topic.PROVIDER, name=now.name)
    starts = tuple(transition.at for transition in changes if transition.opens)
    if now.in_service and now.state is not CircuitState.CLOSED:
        event, rank = _event_and_rank(now.reason)
        return Condition(
            subject=subject,
            on=True,
            event=event,
            rank=rank,
            since=starts[-1] if starts else now.since,
            starts=starts,
            details=Details(
                reason=now.reason,
                until=now.retry_at,
                refill_at=REFILL_AT.get(now.kind, "") if now.own_address else "",
                serving=serving,
            ),
        )
    closing = next((transition for transition in reversed(changes) if transition.closes), None)
    return Condition(
        subject=subject,
        on=False,
        event=Event.PROVIDER_RECOVERED,
        since=closing.at if closing else now.since,
        starts=starts if now.in_service else (),
        details=Details(
            reason="" if now.in_service else SWITCHED_OFF, by=closing.operator if closing else "", serving=serving
        ),
    )


def _event_and_rank(reason: str) -> tuple[Event, int]:
    if reason == ErrorClass.CREDIT_EXHAUSTED:
        return Event.CREDIT_EXHAUSTED, 2
    return Event.PROVIDER_OPENED, int(reason in {str(error_class) for error_class in PROBE_ONLY})


def all_down(providers: Sequence[ProviderNow], serving: tuple[str, ...]) -> Condition:
    """On while no provider is available. Trials do not count: they may fail."""
    untried = tuple(each.name for each in providers if each.available and each.standing is Standing.TO_BE_TRIED)
    retries = [provider.retry_at for provider in providers if provider.in_service and provider.retry_at is not None]
    return Condition(
        subject=Subject(topic=Topic.ALL_DOWN),
        on=bool(providers) and not serving,
        event=Event.ALL_DOWN,
        rank=2,
        details=Details(until=min(retries, default=None), serving=serving, to_be_tried=untried),
    )


def static_answers(static: StaticAnswers, serving: tuple[str, ...]) -> Condition:
    on = static.recent > 0
    return Condition(
        subject=Subject(topic=Topic.STATIC),
        on=on,
        event=Event.STATIC_SERVING,
        rank=2,
        since=static.first_at if on else None,
        details=Details(count=max(static.recent, static.total), serving=serving),
    )


def probe_budget(budget: ProbeBudget) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.PROBE_BUDGET),
        on=budget.spent,
        event=Event.PROBE_BUDGET_SPENT,
        details=Details(until=budget.renewed_at, spent_usd=budget.spent_usd, limit_usd=budget.limit_usd),
    )


def journal(journal: JournalNow) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.JOURNAL, name=journal.host),
        on=bool(journal.fault),
        event=Event.JOURNAL_FAILED,
        rank=2,
        details=Details(fault=journal.fault),
    )


def standby(now: StandbyNow) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.STANDBY, name=f"{now.route}/{now.provider}"),
        on=True,
        event=Event.STANDBY_JOINED,
        since=now.joined_at,
        starts=(now.joined_at,),
        details=Details(provider=now.provider, route=now.route),
    )


def model_gone(gone: ModelGone) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.MODEL, name=gone.provider),
        on=True,
        event=Event.MODEL_GONE,
        rank=1,
        since=gone.since,
        details=Details(model=gone.model, routes=gone.routes),
    )
