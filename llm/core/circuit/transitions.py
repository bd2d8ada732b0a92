"""What the result of an attempt does to a circuit.

A result that was admitted under an older generation changes nothing. A fault while OPEN changes nothing either, unless
the holder of the lease reports it: otherwise a total outage would prolong itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from llm.core.chat.refused import LEARNED_S, Refused, learned
from llm.core.circuit import window as live
from llm.core.circuit.state import (
    BLOCKS,
    DEFAULT_POLICY,
    Circuit,
    CircuitPolicy,
    CircuitState,
    LastError,
    closed,
    ramp_share,
    release,
)
from llm.core.failures.policy import CircuitEffect, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The result of one attempt.

    `generation` is the one under which it was admitted; `jitter` in [0, 1) spreads the waits. `quota_resets_in_s`:
    seconds until the vendor's quota refills, when it answered and reported an empty one.
    """

    at: datetime
    generation: int
    holder: str = ""
    failure: Failure | None = None
    jitter: float = 0.5
    account: str = ""
    quota_resets_in_s: float | None = None
    refused: tuple[Refused, ...] = ()
    """What the vendor refused of the request."""
    is_probe: bool = False
    """Whether a scheduled probe found it: its failure keeps callers out, and does not lengthen the outage."""

    @property
    def effect(self) -> CircuitEffect:
        return CircuitEffect.GOOD if self.failure is None else self.failure.policy.effect


def observe(circuit: Circuit, observation: Observation, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """The circuit after one more result."""
    if observation.refused:
        circuit = _learned(circuit, observation)
    if observation.generation != circuit.generation:
        return circuit
    now = observation.at
    counted = _counted(circuit, observation)
    match observation.effect:
        case CircuitEffect.GOOD:
            return _rested(_good(counted, observation, policy), observation)
        case CircuitEffect.NEUTRAL:
            return _postpone(counted, observation, policy)
        case CircuitEffect.THROTTLE:
            return _throttle(release(counted, observation.holder), observation, policy)
        case CircuitEffect.BLOCK:
            return _block(counted, observation, policy)
        case CircuitEffect.SOFT_FAULT if circuit.state is CircuitState.CLOSED:
            return _open(counted, observation, policy) if _too_many(counted, now, policy) else counted
        case _:
            return _fault(counted, observation, policy)


def _learned(circuit: Circuit, observation: Observation) -> Circuit:
    now = observation.at
    refused = learned(
        circuit.refused,
        observation.refused,
        account=observation.account,
        now=now,
        until=now + timedelta(seconds=LEARNED_S),
    )
    return replace(circuit, refused=refused)


def _counted(circuit: Circuit, observation: Observation) -> Circuit:
    effect = observation.effect
    if effect is CircuitEffect.NEUTRAL:
        return circuit
    now = observation.at.timestamp()
    if observation.failure is None:
        return replace(circuit, window=live.record(circuit.window, now, ok=1), failures=0)
    by_health = effect in (CircuitEffect.FAULT, CircuitEffect.SOFT_FAULT)
    error = LastError(
        error_class=observation.failure.error_class,
        http_status=observation.failure.http_status,
        message=observation.failure.message,
        at=observation.at,
    )
    counts = live.record(circuit.window, now, faults=int(by_health), others=int(not by_health))
    return replace(circuit, window=counts, last_error=error, failures=min(circuit.failures + 1, 1_000_000))


def _good(circuit: Circuit, observation: Observation, policy: CircuitPolicy) -> Circuit:
    now = observation.at
    if observation.account and observation.account != circuit.answered_account:
        circuit = replace(circuit, answered_account=observation.account)
    if circuit.state is CircuitState.CLOSED:
        if not (circuit.faults or circuit.throttles or circuit.throttled_until or circuit.trips or circuit.ramping):
            return circuit
        ramped = ramp_share(circuit, now, policy) >= 1.0
        throttled = circuit.throttled(now)  # a call that started earlier does not end the vendor's limit
        return replace(
            circuit,
            faults=0,
            throttles=circuit.throttles if throttled else 0,
            throttled_until=circuit.throttled_until if throttled else None,
            trips=0 if ramped else circuit.trips,
            ramping=circuit.ramping and not ramped,
        )
    circuit = replace(circuit, trial_holder="", trial_until=None, list_probe_failed=False)
    if circuit.state is CircuitState.OPEN:  # a successful last resort, or a test that bypassed the circuit
        return replace(
            circuit,
            state=CircuitState.HALF_OPEN,
            generation=circuit.generation + 1,
            since=now,
            until=None,
            trial_successes=1,
        )
    if circuit.trial_successes + 1 < policy.successes_to_close:
        return replace(circuit, trial_successes=circuit.trial_successes + 1)
    return closed(circuit, now, ramping=circuit.reason not in BLOCKS)


def _rested(circuit: Circuit, observation: Observation) -> Circuit:
    """Throttled until the vendor's empty quota refills. No failure occurred, so none is counted."""
    if observation.quota_resets_in_s is None:
        return circuit
    until = observation.at + timedelta(seconds=observation.quota_resets_in_s)
    return replace(circuit, throttled_until=max(until, circuit.throttled_until or until))


def _throttle(circuit: Circuit, observation: Observation, policy: CircuitPolicy) -> Circuit:
    wait = observation.failure.retry_after_s if observation.failure else None
    if wait is None:
        grown = min(policy.throttle_s * 2**circuit.throttles, policy.throttle_max_s)
        wait = _spread(grown, observation.jitter, policy)
    until = observation.at + timedelta(seconds=wait)
    if circuit.throttled_until is not None:
        until = max(until, circuit.throttled_until)
    return replace(circuit, throttled_until=until, throttles=min(circuit.throttles + 1, 16))


def _too_many(circuit: Circuit, now: datetime, policy: CircuitPolicy) -> bool:
    ok, faults, _ = live.totals(circuit.window, now.timestamp())
    calls = ok + faults
    return calls >= policy.window_min_calls and faults >= policy.window_fault_rate * calls


def _block(circuit: Circuit, observation: Observation, policy: CircuitPolicy) -> Circuit:
    failure = observation.failure
    again = failure is not None and circuit.state is CircuitState.OPEN and circuit.reason is failure.error_class
    if again and failure is not None and failure.until is None and not _leased_to(circuit, observation):
        return circuit  # a scheduled probe lengthens the wait; an operator's test leaves it
    return _open(circuit, observation, policy)


def _leased_to(circuit: Circuit, observation: Observation) -> bool:
    return bool(observation.holder) and circuit.trial_holder == observation.holder


def _postpone(circuit: Circuit, observation: Observation, policy: CircuitPolicy) -> Circuit:
    """After an inconclusive trial or probe: releases the lease, and an open circuit waits `open_s` again."""
    if not _leased_to(circuit, observation):
        return circuit
    circuit = release(circuit, observation.holder)
    if circuit.state is not CircuitState.OPEN:
        return circuit
    return replace(
        circuit, until=observation.at + timedelta(seconds=_spread(policy.open_s, observation.jitter, policy))
    )


def _fault(circuit: Circuit, observation: Observation, policy: CircuitPolicy) -> Circuit:
    if circuit.state is CircuitState.OPEN:
        if not _leased_to(circuit, observation):
            return circuit
        if circuit.reason in BLOCKS:
            return _postpone(circuit, observation, policy)
        if observation.is_probe:
            return kept_open(release(circuit, observation.holder), observation, policy)
        return _open(circuit, observation, policy)
    circuit = replace(circuit, faults=circuit.faults + 1)
    returning = ramp_share(circuit, observation.at, policy) < 1.0
    if (
        circuit.state is CircuitState.HALF_OPEN
        or returning
        or circuit.faults >= policy.faults_to_open
        or _too_many(circuit, observation.at, policy)
    ):
        return _open(circuit, observation, policy)
    return circuit


def kept_open(circuit: Circuit, observation: Observation, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """The open circuit after a failed probe: callers wait until the next one is over, or as long as the vendor says."""
    stated_s = 0.0 if observation.failure is None else _vendors_wait(observation.failure, policy)
    wait_s = max(policy.probe_interval_s[-1] + policy.probe_late_s, stated_s)
    until = observation.at + timedelta(seconds=wait_s)
    return replace(circuit, until=max(until, circuit.until or until))


def _open(circuit: Circuit, observation: Observation, policy: CircuitPolicy) -> Circuit:
    failure = observation.failure
    if failure is None:
        raise ValueError("a circuit opens on a failure only")
    blocked = failure.policy.effect is CircuitEffect.BLOCK
    same_block = circuit.reason is failure.error_class
    same_outage = not blocked and circuit.reason is not None and circuit.reason not in BLOCKS
    trips = circuit.trips + 1 if (not blocked or same_block) else 1
    return replace(
        circuit,
        state=CircuitState.OPEN,
        generation=circuit.generation + 1,
        reason=failure.error_class,
        since=circuit.since if circuit.state is CircuitState.OPEN and same_block else observation.at,
        until=_reopens_at(failure, trips, observation, policy),
        faults=0,
        trips=min(trips, 64),
        trial_successes=0,
        trial_holder="",
        trial_until=None,
        next_list_probe_at=None
        if blocked
        else _next_list_probe_at(
            failure, circuit.next_list_probe_at if same_outage else observation.at, observation, policy
        ),
        list_probe_failed=same_outage and circuit.list_probe_failed,
        ramping=False,
        account=observation.account if blocked else "",
        answered_account="",
    )


def _reopens_at(failure: Failure, trips: int, observation: Observation, policy: CircuitPolicy) -> datetime:
    if failure.policy.effect is CircuitEffect.BLOCK:
        if failure.until is not None and failure.until > observation.at:
            return failure.until
        wait = policy.block_s[min(trips, len(policy.block_s)) - 1]
    else:
        wait = min(policy.open_s * 2 ** min(max(0, trips - policy.flat_trips), 16), policy.open_max_s)
        # The jitter only shortens it: the trial then comes before the early probe due at that time, and replaces it.
        wait = max(wait * (1 - policy.jitter * observation.jitter), _vendors_wait(failure, policy))
    return observation.at + timedelta(seconds=wait)


def _next_list_probe_at(
    failure: Failure, due: datetime | None, observation: Observation, policy: CircuitPolicy
) -> datetime | None:
    """When the next early probe is due: after the vendor's retry time. None stays None: the vendor has no list."""
    return due and max(due, observation.at + timedelta(seconds=_vendors_wait(failure, policy)))


def _vendors_wait(failure: Failure, policy: CircuitPolicy) -> float:
    return min(failure.retry_after_s or 0.0, policy.open_max_s)


def _spread(seconds: float, jitter: float, policy: CircuitPolicy) -> float:
    return seconds * (1 + policy.jitter * (2 * jitter - 1))
