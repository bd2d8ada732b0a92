"""Turns facts (providers, static answers, the probe budget, the journal) into conditions. Decisions: `decide.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from llm.alerts.decide import Condition, Details, Subject
from llm.alerts.events import Event, Topic
from llm.core.circuit.state import PROBE_ONLY, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.core.reconcile.compare import TOLERANCE
from llm.core.routing.standing import NOT_IN_SERVICE, Standing
from llm.core.usage.spending import Rule, Seen, Watch, exceeds
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


LOW_H = (7 * 24.0, 24.0, 6.0)
"""Hours of money left at which an alert is due; the rank of each is its place, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletNow:
    """An account's money. `hours_left` and `balance_usd` are None when unknown.

    `refused`: a call was refused for lack of credit, of which the provider's own alert tells. `held`: an alert of this
    wallet is not over, and no money has come in since it. `eased`: money has come in since its last notice.
    """

    account: str
    kind: str = ""
    own_address: bool = False
    balance_usd: float | None = None
    hours_left: float | None = None
    refused: bool = False
    held: bool = False
    eased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingNow:
    """A spending rule and what it sees. `told`: its last alert, which is not over; None without one."""

    rule: Rule
    seen: Seen
    told: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksNow:
    """An account's last two days that were compared with the vendor's report: the last one's end, sums and shares.

    `shares`: how much of the money the sides do not agree on, from 0, the newer day first.
    """

    account: str
    end: datetime
    ours_usd: float
    theirs_usd: float
    shares: tuple[float, ...]


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
    wallets: tuple[WalletNow, ...] = ()
    spending: tuple[SpendingNow, ...] = ()
    books: tuple[BooksNow, ...] = ()
    budgets: tuple[BudgetNow, ...] = ()


def conditions(facts: Facts) -> tuple[Condition, ...]:
    """The conditions of all watched subjects, in the order of their notices: causes before consequences."""
    serving = tuple(provider.name for provider in facts.providers if provider.available)
    watched = [_provider(provider, facts.transitions, serving) for provider in facts.providers]
    watched.append(_all_down(facts.providers, serving))
    watched.append(_static(facts.static, serving))
    watched.extend(map(_wallet, facts.wallets))
    watched.extend(map(_spending, facts.spending))
    watched.extend(map(_books, facts.books))
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
        event=Event.PROBE_BUDGET_SPENT,
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


def _wallet(wallet: WalletNow) -> Condition:
    empty = wallet.balance_usd is not None and wallet.balance_usd <= 0 and not wallet.refused
    left = None if wallet.refused else wallet.hours_left
    rank = sum(left <= hours for hours in LOW_H) if left is not None else 0
    if empty:
        rank = len(LOW_H) + 1
    return Condition(
        subject=Subject(topic=Topic.WALLET, name=wallet.account),
        on=rank > 0 or wallet.held,
        event=Event.WALLET_EMPTY if empty else Event.WALLET_LOW,
        rank=rank,
        eased=wallet.eased,
        details=Details(
            balance_usd=wallet.balance_usd,
            hours_left=wallet.hours_left,
            refill_at=REFILL_AT.get(wallet.kind, "") if wallet.own_address else "",
        ),
    )


def _spending(now: SpendingNow) -> Condition:
    """On while the rule is exceeded. A sum is over for one round when its day or month ends, so that each is told."""
    rule, seen = now.rule, now.seen
    renewed = rule.watch is not Watch.JUMP and now.told is not None and now.told < seen.start
    return Condition(
        subject=Subject(topic=Topic.SPENDING, name=rule.name),
        on=exceeds(rule, seen) and not renewed,
        event=Event.SPENDING_JUMPED if rule.watch is Watch.JUMP else Event.SPENDING_HIGH,
        rank=1,
        since=seen.start,
        details=Details(
            watch=str(rule.watch),
            provider=rule.provider,
            route=rule.route,
            spent_usd=float(seen.usd),
            limit_usd=float(rule.limit_usd),
            before_usd=float(seen.before_usd or 0),
            count=seen.unpriced,
        ),
    )


DIFFERING_DAYS = 2
"""After so many days in a row an operator is told: one day may only be late at the vendor's."""


def _books(books: BooksNow) -> Condition:
    differing = [share for share in books.shares if share > TOLERANCE]
    return Condition(
        subject=Subject(topic=Topic.BOOKS, name=books.account),
        on=len(differing) >= DIFFERING_DAYS,
        event=Event.BOOKS_DIFFER,
        rank=1,
        since=books.end,
        details=Details(spent_usd=books.ours_usd, vendor_usd=books.theirs_usd),
    )


STEPS = {50: Event.BUDGET_50, 80: Event.BUDGET_80, 100: Event.BUDGET_100}


def _consumers_budget(budget: BudgetNow) -> Condition:
    return Condition(
        subject=Subject(topic=Topic.BUDGET, name=budget.name),
        on=budget.step > 0,
        event=STEPS.get(budget.step, Event.BUDGET_RENEWED),
        rank=budget.step,
        details=Details(until=budget.renews_at),
    )
