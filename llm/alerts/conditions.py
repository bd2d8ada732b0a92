"""What is known of providers, answers and money, turned into the conditions that alerts are about. No decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from llm.alerts.decide import Condition, Details, Event, Subject, Topic
from llm.core.circuit.state import PROBE_ONLY, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.services.probes.budget import ProbeBudget

SWITCHED_OFF = "switched_off"
"""The reason of an end that is none: the provider is disabled, or has no key any more."""

MACHINES = frozenset({"gateway", "probe", "worker", "command"})
"""Who closes circuits because the vendor was seen to answer; anybody else did it by hand."""

REFILL_AT: dict[str, str] = {
    "claude": "https://platform.claude.com/settings/billing",
    "gemini": "https://aistudio.google.com/usage",
    "openai": "https://platform.openai.com/settings/organization/billing",
}
"""Kind -> where the vendor's own accounts are refilled; of other vendors of the kind nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderNow:
    """One provider at this moment. `own_address`: the vendor's own, not a compatible vendor's or a proxy's."""

    name: str
    kind: str
    own_address: bool
    enabled: bool
    has_key: bool
    state: CircuitState
    throttled: bool
    reason: str
    since: datetime | None
    retry_at: datetime | None

    @property
    def watched(self) -> bool:
        return self.enabled and self.has_key

    @property
    def serving(self) -> bool:
        return self.watched and self.state is CircuitState.CLOSED and not self.throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of a circuit that its event row tells of."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticAnswers:
    """Static answers: `recent` in the last minutes, the first of these `first_at`; `in_all` since the alert."""

    recent: int = 0
    in_all: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that alerts go by. Providers in the order in which they are asked, transitions by time."""

    providers: tuple[ProviderNow, ...] = ()
    transitions: tuple[Transition, ...] = ()
    static: StaticAnswers = StaticAnswers()
    budget: ProbeBudget | None = None


def conditions(facts: Facts) -> tuple[Condition, ...]:
    """Every subject that is watched, in the order in which it is told: causes before consequences."""
    serving = tuple(provider.name for provider in facts.providers if provider.serving)
    found = [_provider(one, facts.transitions, serving) for one in facts.providers]
    found.append(_all_down(facts.providers, serving))
    found.append(_static(facts.static, serving))
    if facts.budget is not None:
        found.append(_budget(facts.budget))
    return tuple(found)


def _provider(now: ProviderNow, transitions: Sequence[Transition], serving: tuple[str, ...]) -> Condition:
    own = [one for one in transitions if one.provider == now.name]
    subject = Subject(topic=Topic.PROVIDER, name=now.name)
    starts = tuple(one.at for one in own if one.opens)
    if now.watched and now.state is not CircuitState.CLOSED:
        event, rank = _kind_of_trouble(now.reason)
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
    closing = next((one for one in reversed(own) if one.closes), None)
    hand = closing.by if closing and closing.by not in MACHINES else ""
    return Condition(
        subject=subject,
        on=False,
        event=Event.PROVIDER_RECOVERED,
        since=closing.at if closing else now.since,
        starts=starts if now.watched else (),
        details=Details(reason="" if now.watched else SWITCHED_OFF, by=hand, serving=serving),
    )


def _kind_of_trouble(reason: str) -> tuple[Event, int]:
    if reason == ErrorClass.CREDIT_EXHAUSTED:
        return Event.CREDIT_EXHAUSTED, 2
    return Event.PROVIDER_OPENED, int(reason in {str(one) for one in PROBE_ONLY})


def _all_down(providers: Sequence[ProviderNow], serving: tuple[str, ...]) -> Condition:
    """Nobody is closed and free to be asked. A trial that may be made does not count: it may fail."""
    waits = [one.retry_at for one in providers if one.watched and one.retry_at is not None]
    return Condition(
        subject=Subject(topic=Topic.ALL_DOWN),
        on=bool(providers) and not serving,
        event=Event.ALL_DOWN,
        rank=2,
        details=Details(until=min(waits, default=None), serving=serving),
    )


def _static(static: StaticAnswers, serving: tuple[str, ...]) -> Condition:
    on = static.recent > 0
    return Condition(
        subject=Subject(topic=Topic.STATIC),
        on=on,
        event=Event.STATIC_SERVING,
        rank=2,
        since=static.first_at if on else None,
        details=Details(count=max(static.recent, static.in_all), serving=serving),
    )


def _budget(budget: ProbeBudget) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.PROBE_BUDGET),
        on=budget.spent,
        event=Event.BUDGET_SPENT,
        details=Details(until=budget.renewed_at, spent_usd=budget.spent_usd, limit_usd=budget.limit_usd),
    )
