"""The circuit of a provider as a frozen value: its state, and which calls it admits.

    CLOSED --5 faults in a row, or half of at least 10 in the last minute--> OPEN
    CLOSED --blocked: no credit, bad key, no such model--------------------> OPEN
    OPEN --the open period ends: one leased trial--------------------------> HALF_OPEN
    HALF_OPEN --2 successes--> CLOSED, traffic returns in steps of 10, 25, 50, 100 %
    HALF_OPEN, or a step of the return --any fault--> OPEN, for twice as long

This module holds the value, admission, the trial lease and the reset; `llm.core.circuit.transitions` applies the
results of attempts. Each transition raises `generation`. The numbers are those of `CircuitPolicy`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from llm.core.calls import SkipReason
from llm.core.chat.refused import Refused
from llm.core.circuit.window import Window
from llm.core.failures.policy import MEANINGS, ErrorClass


class CircuitState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitPolicy:
    """When a circuit opens, for how long, and how it closes. Seconds for `_s`.

    Sources: Envoy's outlier detection (5 in a row, growing ejection), resilience4j (50 % of a
    minimum), Google's SRE book (gradual return). docs/decisions.md says why each has its value.
    """

    faults_to_open: int = 5
    window_min_calls: int = 10
    window_fault_rate: float = 0.5
    open_s: float = 15.0
    open_max_s: float = 300.0
    jitter: float = 0.1
    block_s: tuple[float, ...] = (300.0, 1800.0, 7200.0, 21600.0)
    throttle_s: float = 5.0
    throttle_max_s: float = 60.0
    trial_lease_s: float = 35.0
    successes_to_close: int = 2
    ramp: tuple[float, ...] = (0.10, 0.25, 0.50)
    ramp_step_s: float = 5.0
    flat_trips: int = 8
    """So many times in a row the open period stays `open_s`, which is two minutes; then it doubles."""
    probe_interval_s: tuple[float, float] = (10.0, 15.0)
    """Between two probes of a vendor that is down: in the first `probe_often_s`, and later."""
    probe_often_s: float = 300.0
    probe_late_s: float = 5.0
    """A probe may come so late, or take so long. Callers, who would meet a vendor that is down, wait for its end."""


DEFAULT_POLICY = CircuitPolicy()

PROBE_ONLY = frozenset({ErrorClass.AUTH, ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND})
"""Blocks that only a change, a reset or a successful probe ends."""

BLOCKS = PROBE_ONLY | {ErrorClass.CREDIT_EXHAUSTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    error_class: ErrorClass
    http_status: int | None
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The state of one provider. Times are aware UTC; `until` is when it may next be tried."""

    state: CircuitState = CircuitState.CLOSED
    generation: int = 0
    reason: ErrorClass | None = None
    since: datetime | None = None
    until: datetime | None = None
    throttled_until: datetime | None = None
    throttles: int = 0
    faults: int = 0
    failures: int = 0
    """Failures of any kind in a row, for people; the circuit opens by `faults`."""
    trips: int = 0
    trial_successes: int = 0
    trial_holder: str = ""
    trial_until: datetime | None = None
    ramping: bool = False
    next_list_probe_at: datetime | None = None
    """When the next list-models probe of an open circuit is due; None: no early probes."""
    list_probe_failed: bool = False
    """Whether a list-models probe failed during this outage; a later success then ends the open period."""
    account: str = ""
    """The blocked account: a digest of its key, address and model."""
    answered_account: str = ""
    """The account, as in `account`, of the last completion. "": none since the circuit opened."""
    window: Window = ()
    last_error: LastError | None = None
    refused: tuple[Refused, ...] = ()
    """What its vendor refused of requests in the last hour. It says nothing of health."""

    @property
    def waits_for_list_probe(self) -> bool:
        """Whether probes go on until the list of models works again, also after the open period."""
        return self.state is CircuitState.OPEN and self.list_probe_failed and self.next_list_probe_at is not None

    def trial_leased(self, now: datetime) -> bool:
        return bool(self.trial_holder) and self.trial_until is not None and now < self.trial_until

    def throttled(self, now: datetime) -> bool:
        return self.throttled_until is not None and now < self.throttled_until


class Admission(StrEnum):
    """Whether a call may go to this provider now."""

    ALLOW = "allow"
    LATER = "later"
    """Ramping up after an outage: this call tries other providers first."""
    TRIAL = "trial"
    """The call that takes the lease may go there."""
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The answer of `admit`. `reason` and `detail`, a sentence, say why a provider is denied."""

    admission: Admission
    reason: SkipReason | ErrorClass = SkipReason.OPEN
    detail: str = ""
    until: datetime | None = None


def admit(circuit: Circuit, now: datetime, draw: float, policy: CircuitPolicy = DEFAULT_POLICY) -> Admitted:
    """Whether a call may go there. `draw` in [0, 1) decides while the circuit ramps up."""
    if circuit.throttled(now):
        return Admitted(
            admission=Admission.DENY,
            reason=ErrorClass.RATE_LIMITED,
            detail=MEANINGS[ErrorClass.RATE_LIMITED],
            until=circuit.throttled_until,
        )
    if circuit.state is CircuitState.CLOSED:
        share = ramp_share(circuit, now, policy)
        if draw < share:
            return Admitted(admission=Admission.ALLOW)
        return Admitted(admission=Admission.LATER, detail=f"returning after an outage, takes {share:.0%} of the calls")
    reason, meaning = circuit.reason or SkipReason.OPEN, MEANINGS[circuit.reason or ErrorClass.UNKNOWN]
    if circuit.state is CircuitState.OPEN and circuit.reason in PROBE_ONLY:
        detail = f"{meaning}: out until that is changed, reset or probed well"
        return Admitted(admission=Admission.DENY, reason=reason, detail=detail, until=circuit.until)
    if circuit.until is not None and now < circuit.until:
        return Admitted(admission=Admission.DENY, reason=reason, detail=meaning, until=circuit.until)
    if circuit.trial_leased(now):
        return Admitted(
            admission=Admission.DENY, reason=reason, detail="another call is trying it", until=circuit.trial_until
        )
    return Admitted(admission=Admission.TRIAL)


def ramp_share(circuit: Circuit, now: datetime, policy: CircuitPolicy = DEFAULT_POLICY) -> float:
    """The share of calls, 0 to 1, that a closed circuit takes at `now`."""
    if not circuit.ramping or circuit.since is None:
        return 1.0
    step = int((now - circuit.since).total_seconds() // policy.ramp_step_s)
    return policy.ramp[max(0, step)] if step < len(policy.ramp) else 1.0


def begin_trial(circuit: Circuit, holder: str, now: datetime, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """Takes the trial lease for `holder`, if the circuit admits a trial; else returns it unchanged.

    Evaluates admission again, because another worker may have taken the lease since the plan was made.
    """
    if admit(circuit, now, 0.0, policy).admission is not Admission.TRIAL:
        return circuit
    lease = _leased(circuit, holder, now, policy)
    if circuit.state is CircuitState.HALF_OPEN:
        return lease
    return replace(
        lease, state=CircuitState.HALF_OPEN, generation=circuit.generation + 1, since=now, until=None, trial_successes=0
    )


def begin_probe(circuit: Circuit, holder: str, now: datetime, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """Takes the lease for a probe, which needs no admission. Unchanged when leased already, or closed."""
    if circuit.state is CircuitState.CLOSED or circuit.trial_leased(now):
        return circuit
    return _leased(circuit, holder, now, policy)


def _leased(circuit: Circuit, holder: str, now: datetime, policy: CircuitPolicy) -> Circuit:
    often, later = policy.probe_interval_s
    is_fresh = circuit.since is None or (now - circuit.since).total_seconds() < policy.probe_often_s
    due = now + timedelta(seconds=often if is_fresh else later)
    return replace(
        circuit,
        trial_holder=holder,
        trial_until=now + timedelta(seconds=policy.trial_lease_s),
        next_list_probe_at=circuit.next_list_probe_at and max(circuit.next_list_probe_at, due),
    )


def holds_trial(circuit: Circuit, holder: str) -> bool:
    return circuit.trial_holder == holder


BETWEEN_TRIALS = timedelta(seconds=2)
"""After a good trial so long is left to its worker, or to callers, for the second one."""


def is_due(circuit: Circuit, now: datetime) -> bool:
    """Whether a probe is due: the circuit is not closed, its wait is over, and its lease is free.

    False where the list of models is known to fail: early probes go on there, and only a call's trial lengthens the
    wait. Otherwise a vendor whose list never works again would never be tried again.
    """
    if (
        circuit.state is CircuitState.CLOSED
        or circuit.throttled(now)
        or circuit.trial_leased(now)
        or circuit.waits_for_list_probe
    ):
        return False
    if circuit.state is CircuitState.HALF_OPEN and circuit.since is not None and now < circuit.since + BETWEEN_TRIALS:
        return False
    return circuit.until is None or now >= circuit.until


def retry_at(circuit: Circuit, now: datetime) -> datetime | None:
    """When the provider may next be asked; None when it may be asked now, or no time is known."""
    if circuit.throttled(now):
        return circuit.throttled_until
    return circuit.until if circuit.state is CircuitState.OPEN else None


def release(circuit: Circuit, holder: str) -> Circuit:
    """Releases the lease without a result, after a cancelled or inconclusive trial."""
    return replace(circuit, trial_holder="", trial_until=None) if circuit.trial_holder == holder else circuit


def closed(circuit: Circuit, now: datetime, *, ramping: bool = False) -> Circuit:
    """The closed circuit: `ramping` up after faults, at full traffic after a block, a reset or a probe."""
    return replace(
        circuit,
        state=CircuitState.CLOSED,
        generation=circuit.generation + 1,
        reason=None,
        since=now,
        until=None,
        throttled_until=None,
        throttles=0,
        faults=0,
        failures=0,
        trips=circuit.trips if ramping else 0,
        trial_successes=0,
        trial_holder="",
        trial_until=None,
        next_list_probe_at=None,
        list_probe_failed=False,
        ramping=ramping,
        account="",
    )


def is_outdated(circuit: Circuit, account: str) -> bool:
    """Whether the block concerns another account: key, address or model have changed since."""
    return (
        circuit.state is not CircuitState.CLOSED and circuit.reason in BLOCKS and circuit.account not in ("", account)
    )


def after_change(circuit: Circuit, account: str, now: datetime) -> Circuit:
    """The circuit, closed when its block is outdated."""
    return closed(circuit, now) if is_outdated(circuit, account) else circuit


def reset(circuit: Circuit, now: datetime) -> Circuit:
    """An operator's reset: closed, with an empty window and no refusals. Unchanged when there is nothing to reset."""
    clean = circuit.state is CircuitState.CLOSED and not (
        circuit.faults or circuit.ramping or circuit.trips or circuit.throttled_until or circuit.refused
    )
    return circuit if clean else replace(closed(circuit, now), window=(), refused=())
