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
    Health,
    HealthPolicy,
    LastError,
    State,
    closed,
    ramp_share,
    release,
)
from llm.core.failures.policy import Failure, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The result of one attempt, as the circuit hears of it.

    `generation` is the one under which it was admitted; `chance` in [0, 1) spreads the waits. `rest_s`:
    seconds for which the vendor, though it answered, has nothing left.
    """

    at: datetime
    generation: int
    holder: str = ""
    failure: Failure | None = None
    chance: float = 0.5
    account: str = ""
    rest_s: float | None = None

    @property
    def verdict(self) -> Verdict:
        return Verdict.GOOD if self.failure is None else self.failure.policy.verdict


def observe(health: Health, seen: Observation, policy: HealthPolicy = DEFAULT_POLICY) -> Health:
    """The health after one more result."""
    if seen.generation != health.generation:
        return health
    now = seen.at
    counted = _counted(health, seen)
    match seen.verdict:
        case Verdict.GOOD:
            return _rested(_good(counted, seen, policy), seen)
        case Verdict.NEUTRAL:
            return _postpone(counted, seen, policy)
        case Verdict.THROTTLE:
            return _throttle(release(counted, seen.holder), seen, policy)
        case Verdict.BLOCK:
            return _block(counted, seen, policy)
        case Verdict.SOFT_FAULT if health.state is State.CLOSED:
            return _open(counted, seen, policy) if _too_many(counted, now, policy) else counted
        case _:
            return _fault(counted, seen, policy)


def _counted(health: Health, seen: Observation) -> Health:
    verdict = seen.verdict
    if verdict is Verdict.NEUTRAL:
        return health
    now = seen.at.timestamp()
    if seen.failure is None:
        return replace(health, window=live.record(health.window, now, ok=1), failures=0)
    by_health = verdict in (Verdict.FAULT, Verdict.SOFT_FAULT)
    error = LastError(
        error_class=seen.failure.error_class,
        http_status=seen.failure.http_status,
        message=seen.failure.message,
        at=seen.at,
    )
    counts = live.record(health.window, now, faults=int(by_health), others=int(not by_health))
    return replace(health, window=counts, last_error=error, failures=min(health.failures + 1, 1_000_000))


def _good(health: Health, seen: Observation, policy: HealthPolicy) -> Health:
    now = seen.at
    if health.state is State.CLOSED:
        over = ramp_share(health, now, policy) >= 1.0
        limited = health.throttled(now)  # a call that was under way does not lift the vendor's limit
        return replace(
            health,
            faults=0,
            throttles=health.throttles if limited else 0,
            throttled_until=health.throttled_until if limited else None,
            trips=0 if over else health.trips,
            ramping=health.ramping and not over,
        )
    health = replace(health, trial_holder="", trial_until=None, listing_failed=False)
    if health.state is State.OPEN:  # a last resort, or a test past the circuit, that went well
        return replace(
            health, state=State.HALF_OPEN, generation=health.generation + 1, since=now, until=None, trial_successes=1
        )
    if health.trial_successes + 1 < policy.successes_to_close:
        return replace(health, trial_successes=health.trial_successes + 1)
    return closed(health, now, ramping=health.reason not in BLOCKS)


def _rested(health: Health, seen: Observation) -> Health:
    """Not asked before its empty quota is full again: nothing went wrong, so nothing is counted."""
    if seen.rest_s is None:
        return health
    until = seen.at + timedelta(seconds=seen.rest_s)
    return replace(health, throttled_until=max(until, health.throttled_until or until))


def _throttle(health: Health, seen: Observation, policy: HealthPolicy) -> Health:
    wait = seen.failure.retry_after_s if seen.failure else None
    if wait is None:
        grown = min(policy.throttle_s * 2**health.throttles, policy.throttle_max_s)
        wait = _spread(grown, seen.chance, policy)
    until = seen.at + timedelta(seconds=wait)
    if health.throttled_until is not None:
        until = max(until, health.throttled_until)
    return replace(health, throttled_until=until, throttles=min(health.throttles + 1, 16))


def _too_many(health: Health, now: datetime, policy: HealthPolicy) -> bool:
    ok, faults, _ = live.totals(health.window, now.timestamp())
    calls = ok + faults
    return calls >= policy.window_min_calls and faults >= policy.window_fault_rate * calls


def _block(health: Health, seen: Observation, policy: HealthPolicy) -> Health:
    failure = seen.failure
    again = failure is not None and health.state is State.OPEN and health.reason is failure.error_class
    if again and failure is not None and failure.until is None and not _leased_to(health, seen):
        return health  # only a scheduled probe lengthens the wait: an operator's test does not
    return _open(health, seen, policy)


def _leased_to(health: Health, seen: Observation) -> bool:
    return bool(seen.holder) and health.trial_holder == seen.holder


def _postpone(health: Health, seen: Observation, policy: HealthPolicy) -> Health:
    """A trial or probe that told nothing: the lease is given back, and an open circuit waits once more."""
    if not _leased_to(health, seen):
        return health
    health = release(health, seen.holder)
    if health.state is not State.OPEN:
        return health
    return replace(health, until=seen.at + timedelta(seconds=_spread(policy.open_s, seen.chance, policy)))


def _fault(health: Health, seen: Observation, policy: HealthPolicy) -> Health:
    if health.state is State.OPEN:
        if not _leased_to(health, seen):
            return health
        return _postpone(health, seen, policy) if health.reason in BLOCKS else _open(health, seen, policy)
    health = replace(health, faults=health.faults + 1)
    returning = ramp_share(health, seen.at, policy) < 1.0
    if (
        health.state is State.HALF_OPEN
        or returning
        or health.faults >= policy.faults_to_open
        or _too_many(health, seen.at, policy)
    ):
        return _open(health, seen, policy)
    return health


def _open(health: Health, seen: Observation, policy: HealthPolicy) -> Health:
    failure = seen.failure
    if failure is None:
        raise ValueError("a circuit opens on a failure only")
    blocked = failure.policy.verdict is Verdict.BLOCK
    same_block = health.reason is failure.error_class
    same_outage = not blocked and health.reason is not None and health.reason not in BLOCKS
    trips = health.trips + 1 if (not blocked or same_block) else 1
    return replace(
        health,
        state=State.OPEN,
        generation=health.generation + 1,
        reason=failure.error_class,
        since=health.since if health.state is State.OPEN and same_block else seen.at,
        until=_reopens_at(failure, trips, seen, policy),
        faults=0,
        trips=min(trips, 64),
        trial_successes=0,
        trial_holder="",
        trial_until=None,
        listing_at=None if blocked else _looks_at(failure, health.listing_at if same_outage else seen.at, seen, policy),
        listing_failed=same_outage and health.listing_failed,
        ramping=False,
        account=seen.account if blocked else "",
    )


def _reopens_at(failure: Failure, trips: int, seen: Observation, policy: HealthPolicy) -> datetime:
    if failure.policy.verdict is Verdict.BLOCK:
        if failure.until is not None and failure.until > seen.at:
            return failure.until
        wait = policy.block_s[min(trips, len(policy.block_s)) - 1]
    else:
        wait = min(policy.open_s * 2 ** min(trips - 1, 16), policy.open_max_s)
        # Only shortened: its trial then comes before the look that would be due with it, and takes its place.
        wait = max(wait * (1 - policy.jitter * seen.chance), _vendors_wait(failure, policy))
    return seen.at + timedelta(seconds=wait)


def _looks_at(failure: Failure, due: datetime | None, seen: Observation, policy: HealthPolicy) -> datetime | None:
    """Not before the time that the vendor asked for; None stays: this vendor has no list to look at."""
    return due and max(due, seen.at + timedelta(seconds=_vendors_wait(failure, policy)))


def _vendors_wait(failure: Failure, policy: HealthPolicy) -> float:
    return min(failure.retry_after_s or 0.0, policy.open_max_s)


def _spread(seconds: float, chance: float, policy: HealthPolicy) -> float:
    return seconds * (1 + policy.jitter * (2 * chance - 1))
