"""What becomes of a call: who asks and how, what was tried, what the caller gets, what the record keeps."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from llm.core.chat.response import Alive, Completion, TextDelta, ToolCallDelta, Usage
from llm.core.failures.policy import Failure


class Outcome(StrEnum):
    """How an attempt ended."""

    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The process died in the middle; written by the next start."""


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
    """Whether `usage` is partly our estimate, since the vendor did not get to say it."""
    malformed: int = 0
    """Events of its stream that made no sense and were passed over."""
    vendor_request_id: str | None = None
    why: str = ""
    """On what evidence it was tried: "first in line", "half-open trial", "retry after 0.3 s", "last resort"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A provider that was passed over, and why: `reason` is a code, `detail` a sentence."""

    provider: str
    reason: str
    detail: str = ""
    until: datetime | None = None


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

    `origin` is one of api, conversations, suggestions, command, code, test, probe.
    """

    user_id: int | None = None
    key_id: str | None = None
    consumer: str = ""
    origin: str = "code"
    request_id: str = ""
    """The caller's own id for the request; made when empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """How this one call is routed, beyond what its route says.

    `primary` is asked first whatever its priority. `fallbacks` replaces the rest of the chain (an
    empty tuple means nobody else), `without` names providers to leave out. `only` is for tests and
    probes: that one provider, past its circuit; with `leased` only if the trial's lease is to be had.
    With `static` false the caller prefers an error to the static answer. `deadline_s` is the whole
    call's, in seconds.
    """

    route: str = "default"
    primary: str | None = None
    fallbacks: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    only: str | None = None
    leased: bool = False
    static: bool = True
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfo:
    """The call as its record names it, from its first moment. `id` is a UUIDv7."""

    id: str
    request_id: str
    route: str
    caller: Caller
    stream: bool
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What happened to a call on its way: attempts in order, skips with their reasons."""

    attempts: tuple[Attempt, ...] = ()
    skips: tuple[Skip, ...] = ()

    @property
    def usage(self) -> Usage:
        """The tokens of all attempts, paid whether they answered or not."""
        return sum((attempt.usage for attempt in self.attempts), Usage())


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
class Opened:
    """The first event of an answered stream: from now on `provider` is speaking. `call_id` is its record's."""

    call_id: str
    provider: str
    model: str
    attempts: int
    degraded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The stream broke off, and from now on `provider` goes on with the same answer."""

    provider: str
    model: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The last event of a stream that came whole; the call is recorded."""

    answer: Answer


AnswerEvent = Opened | TextDelta | ToolCallDelta | Alive | Resumed | Closed
"""What a streaming caller sees. A stream that breaks raises instead: see `llm.core.failures.policy`."""


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
    prompt: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
