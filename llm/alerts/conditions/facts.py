"""Facts of the world that alerts are about, as values."""

from dataclasses import dataclass
from datetime import datetime

from llm.core.circuit.state import CircuitState
from llm.core.routing.standing import NOT_IN_SERVICE, Standing
from llm.core.usage.spending import Rule, Seen
from llm.services.probes.budget import ProbeBudget
from llm.services.routes.standby import StandbyNow

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
class ModelGone:
    """A provider whose model its vendor lists no more, since the look at `since`; `routes` may ask it."""

    provider: str
    model: str
    routes: tuple[str, ...]
    since: datetime


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
    standbys: tuple[StandbyNow, ...] = ()
    gone: tuple[ModelGone, ...] = ()
