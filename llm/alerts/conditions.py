"""Turns facts (providers, static answers, the probe budget, the journal) into conditions. Decisions: `decide.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from llm.alerts.decide import Condition, Details, Event, Subject, Topic
from llm.core.circuit.state import PROBE_ONLY, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import NOT_IN_SERVICE, Standing
from llm.services.probes.budget import ProbeBudget

SWITCHED_OFF = "switched_off"
"""The reason of an ending without a recovery: the provider was disabled or lost its key."""

MACHINES = frozenset({"gateway", "probe", "worker"})
"""Causes that are no operator's."""

REFILL_AT: dict[str, str] = {
    "claude": "https://platform.claude.com/settings/billing",
    "gemini": "https://aistudio.google.com/usage",
    "openai": "https://platform.openai.com/settings/organization/billing",
}
"""Kind -> the billing page of the vendor itself. Compatible vendors have unknown ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderNow:
    """The current state of a provider: where it stands, and its circuit. `own_address`: the vendor's own, no proxy's.

    `retry_at`: the end of its wait, in the future.
    """

    name: str
    kind: str
    own_address: bool
    standing: Standing
    available: bool
    state: CircuitState
    reason: str
    since: datetime | None
    retry_at: datetime | None

    @property
    def in_service(self) -> bool:
        return self.standing not in NOT_IN_SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of a circuit, from its event row."""

    provider: str
    at: datetime
    before: CircuitState
    after: CircuitState
    by: str

    @property
    def opens(self) -> bool:
        return self.before is CircuitState.CLOSED and self.after is CircuitState.OPEN

    @property
    def closes(self) -> bool:
        return self.before is not CircuitState.CLOSED and self.after is CircuitState.CLOSED

    @property
    def operator(self) -> str:
        """The operator who reset the circuit; "" when an answer closed it, which is never at once from open."""
        return self.by if self.before is CircuitState.OPEN and self.by not in MACHINES else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticAnswers:
    """Numbers of static answers: `recent` in the last minutes, the first at `first_at`; `total` since the alert."""

    recent: int = 0
    total: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalNow:
    """The journal's folder on this host. `fault`: why it cannot be written; "" while it can."""

    host: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetNow:
    """A consumers' budget in its window. `step` is the highest threshold reached, in per cent; 0 for none."""

    name: str
    step: int
    renews_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The input of `conditions`. Providers are in the order of the default route, transitions by time."""

    providers: tuple[ProviderNow, ...] = ()
    transitions: tuple[Transition, ...] = ()
    static: StaticAnswers = StaticAnswers()
    budget: ProbeBudget | None = None
    journal: JournalNow | None = None
    budgets: tuple[BudgetNow, ...] = ()


def conditions(facts: Facts) -> tuple[Condition, ...]:
    """The conditions of all watched subjects, in the order of their notices: causes before consequences."""
    serving = tuple(provider.name for provider in facts.providers if provider.available)
    watched = [_provider(provider, facts.transitions, serving) for provider in facts.providers]
    watched.append(_all_down(facts.providers, serving))
    watched.append(_static(facts.static, serving))
    if facts.budget is not None:
        watched.append(_budget(facts.budget))
    if facts.journal is not None:
        watched.append(_journal(facts.journal))
    watched += map(_consumers_budget, facts.budgets)
    return tuple(watched)


def _provider(now: ProviderNow, transitions: Sequence[Transition], serving: tuple[str, ...]) -> Condition:
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


def _all_down(providers: Sequence[ProviderNow], serving: tuple[str, ...]) -> Condition:
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


def _static(static: StaticAnswers, serving: tuple[str, ...]) -> Condition:
    on = static.recent > 0
    return Condition(
        subject=Subject(topic=Topic.STATIC),
        on=on,
        event=Event.STATIC_SERVING,
        rank=2,
        since=static.first_at if on else None,
        details=Details(count=max(static.recent, static.total), serving=serving),
    )


def _budget(budget: ProbeBudget) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.PROBE_BUDGET),
        on=budget.spent,
        event=Event.BUDGET_SPENT,
        details=Details(until=budget.renewed_at, spent_usd=budget.spent_usd, limit_usd=budget.limit_usd),
    )


def _journal(journal: JournalNow) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.JOURNAL, name=journal.host),
        on=bool(journal.fault),
        event=Event.JOURNAL_FAILED,
        rank=2,
        details=Details(fault=journal.fault),
    )


STEPS = {50: Event.SPENDING_50, 80: Event.SPENDING_80, 100: Event.SPENDING_100}


def _consumers_budget(budget: BudgetNow) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.BUDGET, name=budget.name),
        on=budget.step > 0,
        event=STEPS.get(budget.step, Event.SPENDING_RENEWED),
        rank=budget.step,
        details=Details(until=budget.renews_at),
    )
