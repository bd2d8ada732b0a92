"""What a list of models, the unbilled probe, says of a circuit; and the looks at a vendor whose wait is not over.

The wait of an outage doubles, so that a dead vendor is not asked for ever. A vendor that is well again would
sit it out. So while the wait lasts, the list of models is asked for at short intervals. That it works ends the
wait only if it is news: it had failed in this same outage. A vendor that lists models all along while its
completions fail keeps its wait, and so does one that has no list.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from llm.core.circuit.state import BLOCKS, DEFAULT_POLICY, Health, HealthPolicy, State, closed, holds_trial, release
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure, Verdict

NEEDS_COMPLETION = frozenset({ErrorClass.CREDIT_EXHAUSTED, ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND})
"""Blocks that a list of models cannot disprove: vendors answer it with an empty wallet too."""

LISTING_ONLY = frozenset({ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND, ErrorClass.INVALID_REQUEST})
"""Failures that speak of the listing alone: restricted keys may not list, and compatible vendors may lack the list."""

NO_LIST = frozenset({404, 405, 501})
"""HTTP statuses of a vendor that has no list, whatever page it shows with them."""

CALLERS_FIRST = timedelta(seconds=2)
"""When a wait is over, the next call is a trial; a look beside it would be one asking more of a dead vendor."""

FAULTS = (Verdict.FAULT, Verdict.SOFT_FAULT)


def is_early(health: Health, now: datetime) -> bool:
    """Whether the list of models is to be asked for although the wait is not over, or to see if it fails still."""
    if health.state is not State.OPEN or health.throttled(now) or health.trial_leased(now):
        return False
    if health.listing_at is None or health.until is None or now < health.listing_at:
        return False
    return now < health.until or (health.looked_into and now >= health.until + CALLERS_FIRST)


def after_early(health: Health, seen: Observation, policy: HealthPolicy = DEFAULT_POLICY) -> Health:
    """The health after such a look, told by the holder of its lease. The wait is ended, or stays as it was.

    It ends as by any probe that went well: that is half of the recovery, and the next call is a trial.
    """
    if seen.generation != health.generation or not holds_trial(health, seen.holder):
        return health
    if seen.failure is None and health.listing_failed:
        return observe(health, seen, policy)
    health = release(health, seen.holder)
    if seen.failure is None:
        return health
    if seen.failure.error_class in LISTING_ONLY or seen.failure.http_status in NO_LIST:
        return replace(health, listing_at=None, listing_failed=False)
    if seen.verdict in FAULTS:
        health = replace(health, listing_failed=True)
    return _not_before(health, seen.failure, seen.at)


def _not_before(health: Health, failure: Failure, now: datetime) -> Health:
    """The vendor's own time is kept for the next look. The wait of its completions is another matter."""
    if health.listing_at is None or failure.retry_after_s is None:
        return health
    return replace(health, listing_at=max(health.listing_at, now + timedelta(seconds=failure.retry_after_s)))


def after_listing(health: Health, seen: Observation, policy: HealthPolicy = DEFAULT_POLICY) -> Health:
    """The health after a probe that was due, or that an operator asked for.

    Without a holder, as an operator's, it is seen under whatever generation holds now.
    """
    if not seen.holder:
        seen = replace(seen, generation=health.generation)
    if seen.generation != health.generation:
        return release(health, seen.holder)
    if seen.failure is not None:
        if seen.failure.error_class in LISTING_ONLY:
            return release(health, seen.holder)
        return _remembered(observe(health, seen, policy), seen)
    if health.state is State.CLOSED or health.reason in NEEDS_COMPLETION:
        return release(health, seen.holder)
    if health.reason is ErrorClass.AUTH:
        return closed(health, seen.at)  # the key is accepted, which is all that was in doubt
    return observe(health, seen, policy)


def _remembered(health: Health, seen: Observation) -> Health:
    in_outage = health.state is State.OPEN and health.reason not in BLOCKS
    return replace(health, listing_failed=True) if in_outage and seen.verdict in FAULTS else health
