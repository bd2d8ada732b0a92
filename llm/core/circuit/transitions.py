"""What the result of an attempt does to a circuit.

Two rules: a result that was admitted under an older generation changes nothing; and neither does a
fault while OPEN, unless a leased probe found it, or else a total outage would lengthen itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
    """The result of one attempt, as the circuit hears of it.

    `generation` is the one under which it was admitted; `jitter` in [0, 1) spreads the waits. `quota_resets_in_s`:
    seconds for which the vendor, though it answered, has nothing left.
    """

    at: datetime
    generation: int
    holder: str = ""
    failure: Failure | None = None
    jitter: float = 0.5
    account: str = ""
    quota_resets_in_s: float | None = None

    @property
    def verdict(self) -> CircuitEffect:
        return CircuitEffect.GOOD if self.failure is None else self.failure.policy.verdict


def observe(circuit: Circuit, seen: Observation, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """The health after one more result."""
    if seen.generation != circuit.generation:
        return circuit
    now = seen.at
    counted = _counted(circuit, seen)
    match seen.verdict:
        case CircuitEffect.GOOD:
            return _rested(_good(counted, seen, policy), seen)
        case CircuitEffect.NEUTRAL:
            return _postpone(counted, seen, policy)
        case CircuitEffect.THROTTLE:
            return _throttle(release(counted, seen.holder), seen, policy)
        case CircuitEffect.BLOCK:
            return _block(counted, seen, policy)
        case CircuitEffect.SOFT_FAULT if circuit.state is CircuitState.CLOSED:
            return _open(counted, seen, policy) if _too_many(counted, now, policy) else counted
        case _:
            return _fault(counted, seen, policy)


def _counted(circuit: Circuit, seen: Observation) -> Circuit:
    verdict = seen.verdict
    if verdict is CircuitEffect.NEUTRAL:
        return circuit
    now = seen.at.timestamp()
    if seen.failure is None:
        return replace(circuit, window=live.record(circuit.window, now, ok=1), failures=0)
    by_health = verdict in (CircuitEffect.FAULT, CircuitEffect.SOFT_FAULT)
    error = LastError(
        error_class=seen.failure.error_class,
        http_status=seen.failure.http_status,
        message=seen.failure.message,
        at=seen.at,
    )
    counts = live.record(circuit.window, now, faults=int(by_health), others=int(not by_health))
    return replace(circuit, window=counts, last_error=error, failures=min(circuit.failures + 1, 1_000_000))


def _good(circuit: Circuit, seen: Observation, policy: CircuitPolicy) -> Circuit:
    now = seen.at
    if circuit.state is CircuitState.CLOSED:
        over = ramp_share(circuit, now, policy) >= 1.0
        limited = circuit.throttled(now)  # a call that was under way does not lift the vendor's limit
        return replace(
            circuit,
            faults=0,
            throttles=circuit.throttles if limited else 0,
            throttled_until=circuit.throttled_until if limited else None,
            trips=0 if over else circuit.trips,
            ramping=circuit.ramping and not over,
        )
    circuit = replace(circuit, trial_holder="", trial_until=None, list_probe_failed=False)
    if circuit.state is CircuitState.OPEN:  # a last resort, or a test past the circuit, that went well
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


def _rested(circuit: Circuit, seen: Observation) -> Circuit:
    """Not asked before its empty quota is full again: nothing went wrong, so nothing is counted."""
    if seen.quota_resets_in_s is None:
        return circuit
    until = seen.at + timedelta(seconds=seen.quota_resets_in_s)
    return replace(circuit, throttled_until=max(until, circuit.throttled_until or until))


def _throttle(circuit: Circuit, seen: Observation, policy: CircuitPolicy) -> Circuit:
    wait = seen.failure.retry_after_s if seen.failure else None
    if wait is None:
        grown = min(policy.throttle_s * 2**circuit.throttles, policy.throttle_max_s)
        wait = _spread(grown, seen.jitter, policy)
    until = seen.at + timedelta(seconds=wait)
    if circuit.throttled_until is not None:
        until = max(until, circuit.throttled_until)
    return replace(circuit, throttled_until=until, throttles=min(circuit.throttles + 1, 16))


def _too_many(circuit: Circuit, now: datetime, policy: CircuitPolicy) -> bool:
    ok, faults, _ = live.totals(circuit.window, now.timestamp())
    calls = ok + faults
    return calls >= policy.window_min_calls and faults >= policy.window_fault_rate * calls


def _block(circuit: Circuit, seen: Observation, policy: CircuitPolicy) -> Circuit:
    failure = seen.failure
    again = failure is not None and circuit.state is CircuitState.OPEN and circuit.reason is failure.error_class
    if again and failure is not None and failure.until is None and not _leased_to(circuit, seen):
        return circuit  # only a scheduled probe lengthens the wait: an operator's test does not
    return _open(circuit, seen, policy)


def _leased_to(circuit: Circuit, seen: Observation) -> bool:
    return bool(seen.holder) and circuit.trial_holder == seen.holder


def _postpone(circuit: Circuit, seen: Observation, policy: CircuitPolicy) -> Circuit:
    """A trial or probe that told nothing: the lease is given back, and an open circuit waits once more."""
    if not _leased_to(circuit, seen):
        return circuit
    circuit = release(circuit, seen.holder)
    if circuit.state is not CircuitState.OPEN:
        return circuit
    return replace(circuit, until=seen.at + timedelta(seconds=_spread(policy.open_s, seen.jitter, policy)))


def _fault(circuit: Circuit, seen: Observation, policy: CircuitPolicy) -> Circuit:
    if circuit.state is CircuitState.OPEN:
        if not _leased_to(circuit, seen):
            return circuit
        return _postpone(circuit, seen, policy) if circuit.reason in BLOCKS else _open(circuit, seen, policy)
    circuit = replace(circuit, faults=circuit.faults + 1)
    returning = ramp_share(circuit, seen.at, policy) < 1.0
    if (
        circuit.state is CircuitState.HALF_OPEN
        or returning
        or circuit.faults >= policy.faults_to_open
        or _too_many(circuit, seen.at, policy)
    ):
        return _open(circuit, seen, policy)
    return circuit


def _open(circuit: Circuit, seen: Observation, policy: CircuitPolicy) -> Circuit:
    failure = seen.failure
    if failure is None:
        raise ValueError("a circuit opens on a failure only")
    blocked = failure.policy.verdict is CircuitEffect.BLOCK
    same_block = circuit.reason is failure.error_class
    same_outage = not blocked and circuit.reason is not None and circuit.reason not in BLOCKS
    trips = circuit.trips + 1 if (not blocked or same_block) else 1
    return replace(
        circuit,
        state=CircuitState.OPEN,
        generation=circuit.generation + 1,
        reason=failure.error_class,
        since=circuit.since if circuit.state is CircuitState.OPEN and same_block else seen.at,
        until=_reopens_at(failure, trips, seen, policy),
        faults=0,
        trips=min(trips, 64),
        trial_successes=0,
        trial_holder="",
        trial_until=None,
        next_list_probe_at=None
        if blocked
        else _looks_at(failure, circuit.next_list_probe_at if same_outage else seen.at, seen, policy),
        list_probe_failed=same_outage and circuit.list_probe_failed,
        ramping=False,
        account=seen.account if blocked else "",
    )


def _reopens_at(failure: Failure, trips: int, seen: Observation, policy: CircuitPolicy) -> datetime:
    if failure.policy.verdict is CircuitEffect.BLOCK:
        if failure.until is not None and failure.until > seen.at:
            return failure.until
        wait = policy.block_s[min(trips, len(policy.block_s)) - 1]
    else:
        wait = min(policy.open_s * 2 ** min(trips - 1, 16), policy.open_max_s)
        # Only shortened: its trial then comes before the look that would be due with it, and takes its place.
        wait = max(wait * (1 - policy.jitter * seen.jitter), _vendors_wait(failure, policy))
    return seen.at + timedelta(seconds=wait)


def _looks_at(failure: Failure, due: datetime | None, seen: Observation, policy: CircuitPolicy) -> datetime | None:
    """Not before the time that the vendor asked for; None stays: this vendor has no list to look at."""
    return due and max(due, seen.at + timedelta(seconds=_vendors_wait(failure, policy)))


def _vendors_wait(failure: Failure, policy: CircuitPolicy) -> float:
    return min(failure.retry_after_s or 0.0, policy.open_max_s)


def _spread(seconds: float, jitter: float, policy: CircuitPolicy) -> float:
    return seconds * (1 + policy.jitter * (2 * jitter - 1))
