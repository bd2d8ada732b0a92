"""The circuit of a provider as a frozen value: what is known, and who may call.

    CLOSED --5 faults in a row, or half of at least 10 in the last minute--> OPEN
    CLOSED --blocked: no credit, bad key, no such model--------------------> OPEN
    OPEN --its time is over: one leased trial------------------------------> HALF_OPEN
    HALF_OPEN --2 successes--> CLOSED, traffic returns in steps of 10, 25, 50, 100 %
    HALF_OPEN, or a step of the return --any fault--> OPEN, for twice as long

Here are the value, who may pass, the lease of the trial, and closing by hand; what the results of
attempts do to it is in `llm.core.circuit.transitions`. Each transition raises `generation`. The numbers are those
of `HealthPolicy`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from llm.core.circuit.window import Window
from llm.core.failures.policy import MEANINGS, ErrorClass


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPolicy:
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
    probe_interval_s: float = 15.0
    """Between two askings of a vendor that is down: a trial, or the list of models (`llm.core.circuit.probing`)."""


DEFAULT_POLICY = HealthPolicy()

PROBE_ONLY = frozenset({ErrorClass.AUTH, ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND})
"""Blocks that no passing of time ends: only a change, a reset or a good probe does."""

BLOCKS = PROBE_ONLY | {ErrorClass.CREDIT_EXHAUSTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    error_class: ErrorClass
    http_status: int | None
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is known of one provider. Times are aware UTC; `until` is when it may next be tried."""

    state: State = State.CLOSED
    generation: int = 0
    reason: ErrorClass | None = None
    since: datetime | None = None
    until: datetime | None = None
    throttled_until: datetime | None = None
    throttles: int = 0
    faults: int = 0
    failures: int = 0
    """Failures of any kind in a row, for people; `faults` is what the circuit judges by."""
    trips: int = 0
    trial_successes: int = 0
    trial_holder: str = ""
    trial_until: datetime | None = None
    ramping: bool = False
    listing_at: datetime | None = None
    """When an outage's wait may next be looked into by a list of models; None: not by that."""
    listing_failed: bool = False
    """The list of models has failed in this outage, so that it works again is news."""
    account: str = ""
    """Which account was blocked: a digest of its key, address and model."""
    window: Window = ()
    last_error: LastError | None = None

    @property
    def looked_into(self) -> bool:
        """Whether the worker waits for its list of models to work again, whatever the time."""
        return self.state is State.OPEN and self.listing_failed and self.listing_at is not None

    def trial_leased(self, now: datetime) -> bool:
        return bool(self.trial_holder) and self.trial_until is not None and now < self.trial_until

    def throttled(self, now: datetime) -> bool:
        return self.throttled_until is not None and now < self.throttled_until


class Admission(StrEnum):
    """May a call go to this provider now?"""

    ALLOW = "allow"
    LATER = "later"
    """In its return after an outage: this call goes elsewhere first, and here if nobody else can."""
    TRIAL = "trial"
    """It may be tried by the one who takes the lease."""
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The answer of `admit`: with a code and a sentence that records and operators can read."""

    admission: Admission
    reason: str = ""
    detail: str = ""
    until: datetime | None = None


def admit(health: Health, now: datetime, draw: float, policy: HealthPolicy = DEFAULT_POLICY) -> Admitted:
    """Whether a call may go there. `draw` in [0, 1) decides in the steps of a return."""
    if health.throttled(now):
        return Admitted(
            admission=Admission.DENY,
            reason=ErrorClass.RATE_LIMITED,
            detail=MEANINGS[ErrorClass.RATE_LIMITED],
            until=health.throttled_until,
        )
    if health.state is State.CLOSED:
        share = ramp_share(health, now, policy)
        if draw < share:
            return Admitted(admission=Admission.ALLOW)
        return Admitted(
            admission=Admission.LATER, reason="ramping", detail=f"back since shortly, takes {share:.0%} of the calls"
        )
    reason, meaning = str(health.reason or "open"), MEANINGS[health.reason or ErrorClass.UNKNOWN]
    if health.state is State.OPEN and health.reason in PROBE_ONLY:
        detail = f"{meaning}: out until that is changed, reset or probed well"
        return Admitted(admission=Admission.DENY, reason=reason, detail=detail, until=health.until)
    if health.until is not None and now < health.until:
        return Admitted(admission=Admission.DENY, reason=reason, detail=meaning, until=health.until)
    if health.trial_leased(now):
        return Admitted(
            admission=Admission.DENY, reason=reason, detail="another call is trying it", until=health.trial_until
        )
    return Admitted(admission=Admission.TRIAL, reason=reason, detail="half-open trial")


def ramp_share(health: Health, now: datetime, policy: HealthPolicy = DEFAULT_POLICY) -> float:
    """The share of calls, 0 to 1, that a closed circuit takes at `now`."""
    if not health.ramping or health.since is None:
        return 1.0
    step = int((now - health.since).total_seconds() // policy.ramp_step_s)
    return policy.ramp[max(0, step)] if step < len(policy.ramp) else 1.0


def begin_trial(health: Health, holder: str, now: datetime, policy: HealthPolicy = DEFAULT_POLICY) -> Health:
    """Takes the one trial for `holder`, if it is to be had; else the health unchanged.

    Judged again here, because between the plan and the lease another worker may have been faster.
    """
    if admit(health, now, 0.0, policy).admission is not Admission.TRIAL:
        return health
    lease = _leased(health, holder, now, policy)
    if health.state is State.HALF_OPEN:
        return lease
    return replace(
        lease, state=State.HALF_OPEN, generation=health.generation + 1, since=now, until=None, trial_successes=0
    )


def begin_probe(health: Health, holder: str, now: datetime, policy: HealthPolicy = DEFAULT_POLICY) -> Health:
    """Takes the lease for a probe, which needs nobody's admission; unchanged when another has it, or all is well."""
    if health.state is State.CLOSED or health.trial_leased(now):
        return health
    return _leased(health, holder, now, policy)


def _leased(health: Health, holder: str, now: datetime, policy: HealthPolicy) -> Health:
    look = now + timedelta(seconds=policy.probe_interval_s)
    return replace(
        health,
        trial_holder=holder,
        trial_until=now + timedelta(seconds=policy.trial_lease_s),
        listing_at=health.listing_at and max(health.listing_at, look),
    )


def holds_trial(health: Health, holder: str) -> bool:
    return health.trial_holder == holder


def is_due(health: Health, now: datetime) -> bool:
    """Whether it is time for a probe: not closed, the wait is over, and nobody is trying it.

    Not where the list of models is known to fail: looks go on there, and only a call's trial lengthens the wait.
    Else a vendor whose list is broken for good would never be tried again.
    """
    if health.state is State.CLOSED or health.throttled(now) or health.trial_leased(now) or health.looked_into:
        return False
    return health.until is None or now >= health.until


def release(health: Health, holder: str) -> Health:
    """Gives the lease back without a result: the trial was cancelled or told nothing."""
    return replace(health, trial_holder="", trial_until=None) if health.trial_holder == holder else health


def closed(health: Health, now: datetime, *, ramping: bool = False) -> Health:
    """Closed again: with a stepwise return after faults, at once after a block, a reset or a probe."""
    return replace(
        health,
        state=State.CLOSED,
        generation=health.generation + 1,
        reason=None,
        since=now,
        until=None,
        throttled_until=None,
        throttles=0,
        faults=0,
        failures=0,
        trips=health.trips if ramping else 0,
        trial_successes=0,
        trial_holder="",
        trial_until=None,
        listing_at=None,
        listing_failed=False,
        ramping=ramping,
        account="",
    )


def is_outdated(health: Health, account: str) -> bool:
    """Whether the block was another account's: key, address or model have been changed since."""
    return health.state is not State.CLOSED and health.reason in BLOCKS and health.account not in ("", account)


def after_change(health: Health, account: str, now: datetime) -> Health:
    """Closed when the block is outdated, else unchanged."""
    return closed(health, now) if is_outdated(health, account) else health


def reset(health: Health, now: datetime) -> Health:
    """An operator's reset: closed, nothing held against it. Unchanged when there is nothing to reset."""
    clean = health.state is State.CLOSED and not (
        health.faults or health.ramping or health.trips or health.throttled_until
    )
    return health if clean else replace(closed(health, now), window=())
