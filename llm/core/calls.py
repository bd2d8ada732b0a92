"""The values of a call: caller, options, attempts, skips, answer and record."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from llm.core.chat.response import Alive, Completion, TextDelta, ToolCallDelta, Usage
from llm.core.consumers.rights import KeyRights
from llm.core.cost.value import Cost, total
from llm.core.failures.policy import ErrorClass, Failure


class Outcome(StrEnum):
    """How an attempt ended."""

    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The process died in the middle; written by the next start."""
    HEDGED = "hedged"
    """Another provider, asked at the same time, spoke first; this one was cancelled. Its tokens are billed."""


class AttemptReason(StrEnum):
    """Why a provider was asked."""

    FIRST = "first"
    """The route's order puts it first."""
    FALLBACK = "fallback"
    """The providers before it in the route's order were skipped or failed."""
    RAMPING = "ramping"
    """It returns from an outage and takes a share of the calls; this call found no other provider."""
    TRIAL = "half_open_trial"
    """Its circuit is half-open and this call holds the one lease."""
    FORCED_CLOSED = "forced_closed"
    """An operator forces its circuit closed."""
    LAST_RESORT = "last_resort"
    """Every circuit is open; this one reopens soonest."""
    TEST = "test"
    """A test by hand, past the circuit."""
    PROBE = "probe"
    """A scheduled probe, past the circuit, under the lease."""
    RETRY = "retry"
    """The same provider again within one call."""
    CONTINUATION = "continuation"
    """The answer broke off elsewhere; this provider continues it."""
    HEDGE = "hedge"
    """The provider before it was silent for longer than usual, and may still answer."""


class SkipReason(StrEnum):
    """Why a provider was skipped. If its circuit is the reason, the skip has the circuit's error class."""

    EXCLUDED = "excluded"
    NOT_ALLOWED = "not_allowed"
    """The caller's key may not ask it."""
    DISABLED = "disabled"
    DISABLED_BY_OPERATOR = "disabled_by_operator"
    FORCED_OPEN = "forced_open"
    DRAINING = "draining"
    NO_KEY = "no_key"
    CAPABILITY = "capability"
    CONTEXT_WINDOW = "context_window"
    LIMIT = "limit"
    """The request is beyond a bound of this vendor."""
    DEADLINE = "deadline"
    REFUSED = "refused"
    """It refused the same part of another request within the last hour."""
    TRIAL_TAKEN = "trial_taken"
    OPEN = "open"
    BUDGET = "budget"
    """A budget of this provider has no room for the call."""
    UNPRICED = "unpriced"
    """A budget applies that allows only models with a known price."""
    UNKNOWN = "unknown"
    """A reason of another release, read from a record."""

    @classmethod
    def _missing_(cls, value: object) -> "SkipReason | None":
        return None if value in set(ErrorClass) else cls.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one provider. Times are seconds; `first_token_s` only for streams."""

    seq: int
    provider: str
    kind: str
    model: str
    outcome: Outcome
    started_at: datetime
    duration_s: float
    first_token_s: float | None = None
    failure: Failure | None = None
    usage: Usage = Usage()
    estimated: bool = False
    """Whether `usage` is partly our estimate, because the vendor's count did not arrive."""
    malformed: int = 0
    """Unreadable events of its stream, which were skipped."""
    vendor_request_id: str | None = None
    reason: AttemptReason = AttemptReason.FIRST
    why: str = ""
    """The same for people, with what came before: "half-open trial, after credit_exhausted"."""
    answered_model: str = ""
    """The model that the vendor says answered; empty when it said nothing. `model` is the one that was asked."""
    cost: Cost | None = None
    """What `usage` costs; None until it is computed, once, when the call's record is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A provider that was skipped. `detail` says why in a sentence.

    `until`: when the reason ends, if that is known. `parameter`: the request field that this provider cannot serve.
    """

    provider: str
    reason: SkipReason | ErrorClass
    detail: str = ""
    until: datetime | None = None
    parameter: str | None = None


class CallStatus(StrEnum):
    """How a call ended for its caller."""

    OK = "ok"
    STATIC = "static"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    CUT = "cut"
    """A stream that broke after text had gone out: the caller got an explicit error event."""
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks and from where. `consumer` is what records show: a key's or a user's name.

    `endpoint` is the one that was asked, as keys' rights name it; empty for calls of code.
    `origin` is one of api, conversations, suggestions, command, code, test, probe.
    """

    user_id: int | None = None
    key_id: str | None = None
    consumer: str = ""
    origin: str = "code"
    endpoint: str = ""
    request_id: str = ""
    """The caller's own id for the request; made when empty."""
    team: str = ""
    tags: tuple[str, ...] = ()
    traceparent: str = ""
    """The headers of the caller's trace (W3C Trace Context), as they came; empty while tracing is off."""
    tracestate: str = ""
    rights: tuple[KeyRights, ...] = ()
    """Those of key, consumer and team, which bind this call. Empty: all. Records leave them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """How this one call is routed, beyond what its route says, and what circuits learn of it.

    `primary` is asked first whatever its priority. `fallbacks` replaces the rest of the chain (an
    empty tuple means no other), `without` names providers to leave out, `barred` those
    that the caller's key may not ask. `only` is for tests and
    probes: that one provider, past its circuit; with `leased` only if the trial's lease is to be had.
    With `static` false the caller prefers an error to the static answer. `deadline_s` is the whole
    call's, in seconds.

    With `failures_count` false circuits learn of successes only: a failure may be the fault of the asking machine's
    own network. `by` is the cause in the events of circuits.
    """

    route: str = "default"
    primary: str | None = None
    fallbacks: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    only: str | None = None
    leased: bool = False
    barred: tuple[str, ...] = ()
    static: bool = True
    deadline_s: float | None = None
    failures_count: bool = True
    by: str = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfo:
    """The call as its record names it, from its first moment. `id` is a UUIDv7."""

    id: str
    request_id: str
    route: str
    caller: Caller
    stream: bool
    started_at: datetime
    traced: bool = False
    """Whether spans are made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The attempts of a call in order, and the skips with their reasons."""

    attempts: tuple[Attempt, ...] = ()
    skips: tuple[Skip, ...] = ()

    def why_not(self, provider: str) -> str:
        """Why this provider did not answer: its last failure's class, else its skip's reason, else ""."""
        failures = [one.failure.error_class for one in self.attempts if one.provider == provider and one.failure]
        skips = [skip.reason for skip in self.skips if skip.provider == provider]
        return str(next(iter([*reversed(failures), *skips]), ""))

    @property
    def usage(self) -> Usage:
        """The tokens of all attempts, paid whether they answered or not."""
        return sum((attempt.usage for attempt in self.attempts), Usage())

    @property
    def cost_usd(self) -> Decimal | None:
        """US dollars of all attempts, each rounded to a billionth; None when no cost is known."""
        return total(attempt.cost.usd for attempt in self.attempts if attempt.cost)

    @property
    def whole_cost_usd(self) -> Decimal | None:
        """`cost_usd` when nothing is missing from it, else None."""
        return None if self.unpriced else self.cost_usd

    @property
    def unpriced(self) -> int:
        """The number of attempts that used something without a known price: `cost_usd` lacks it."""
        return sum(attempt.cost.unpriced for attempt in self.attempts if attempt.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the caller gets. `provider` is "static" and `degraded` true when no vendor answered.

    `resumed`: the stream broke off, and `provider` went on with what others had begun; the completion is
    the whole of it, its usage that of all who spoke.
    """

    completion: Completion
    provider: str
    degraded: bool
    resumed: bool = False
    call: CallInfo
    trail: Trail
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The deltas that follow are this provider's. The first event of a stream, and again when another one continues it.

    `attempts` counts the tries so far, this one included. With `resumed` the answer broke off at another provider.
    """

    call_id: str
    provider: str
    model: str
    attempts: int
    degraded: bool = False
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The last event of a whole stream. The call is recorded."""

    answer: Answer


AnswerEvent = Started | TextDelta | ToolCallDelta | Alive | Completed
"""What a streaming caller reads. A stream that breaks raises instead: see `llm.core.exceptions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """The finished call as the call log keeps it. `prompt` and `answer` only when content is kept.

    `dropped` names what was asked for and the answer was made without.
    """

    call: CallInfo
    status: CallStatus
    trail: Trail
    provider: str = ""
    model: str = ""
    failure: Failure | None = None
    dropped: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    first_token_s: float | None = None
    resumed: bool = False
    fallback: bool = False
    """Whether another provider than the first of the route's order answered."""
    failover_from: str = ""
    """The first of the route's order, of a `fallback`."""
    failover_why: str = ""
    """Why that one did not answer: its failure's class, or the reason why it was skipped."""
    prompt: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)


class Hold(StrEnum):
    """What holds a record when its answer goes out: the journal, while it fails the database, at worst memory."""

    JOURNAL = "journal"
    DATABASE = "database"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Durability:
    """`fault`: what is wrong with the journal's disk. `memory_only`: records that a kill would lose."""

    hold: Hold = Hold.JOURNAL
    fault: str = ""
    memory_only: int = 0
