"""What a list of models, the unbilled probe, says of a circuit; and the looks at a vendor whose wait is not over.

The wait of an outage doubles, so that a dead vendor is not asked for ever. A vendor that is well again would
sit it out. So while the wait lasts, the list of models is asked for at short intervals. That it works ends the
wait only if it is news: it had failed in this same outage. A vendor that lists models all along while its
completions fail keeps its wait, and so does one that has no list.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from llm.core.circuit.state import (
    BLOCKS,
    DEFAULT_POLICY,
    Circuit,
    CircuitPolicy,
    CircuitState,
    closed,
    holds_trial,
    release,
)
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import CircuitEffect, ErrorClass, Failure

NEEDS_COMPLETION = frozenset({ErrorClass.CREDIT_EXHAUSTED, ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND})
"""Blocks that a list of models cannot disprove: vendors answer it with an empty wallet too."""

LISTING_ONLY = frozenset({ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND, ErrorClass.INVALID_REQUEST})
"""Failures that speak of the listing alone: restricted keys may not list, and compatible vendors may lack the list."""

NO_LIST = frozenset({404, 405, 501})
"""HTTP statuses of a vendor that has no list, whatever page it shows with them."""

CALLERS_FIRST = timedelta(seconds=2)
"""When a wait is over, the next call is a trial; a look beside it would be one asking more of a dead vendor."""

FAULTS = (CircuitEffect.FAULT, CircuitEffect.SOFT_FAULT)


def early_probe_due(circuit: Circuit, now: datetime) -> bool:
    """Whether the list of models is to be asked for although the wait is not over, or to see if it fails still."""
    if circuit.state is not CircuitState.OPEN or circuit.throttled(now) or circuit.trial_leased(now):
        return False
    if circuit.next_list_probe_at is None or circuit.until is None or now < circuit.next_list_probe_at:
        return False
    return now < circuit.until or (circuit.waits_for_list_probe and now >= circuit.until + CALLERS_FIRST)


def after_early_probe(circuit: Circuit, seen: Observation, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """The health after such a look, told by the holder of its lease. The wait is ended, or stays as it was.

    It ends as by any probe that went well: that is half of the recovery, and the next call is a trial.
    """
    if seen.generation != circuit.generation or not holds_trial(circuit, seen.holder):
        return circuit
    if seen.failure is None and circuit.list_probe_failed:
        return observe(circuit, seen, policy)
    circuit = release(circuit, seen.holder)
    if seen.failure is None:
        return circuit
    if seen.failure.error_class in LISTING_ONLY or seen.failure.http_status in NO_LIST:
        return replace(circuit, next_list_probe_at=None, list_probe_failed=False)
    if seen.verdict in FAULTS:
        circuit = replace(circuit, list_probe_failed=True)
    return _not_before(circuit, seen.failure, seen.at)


def _not_before(circuit: Circuit, failure: Failure, now: datetime) -> Circuit:
    """The vendor's own time is kept for the next look. The wait of its completions is another matter."""
    if circuit.next_list_probe_at is None or failure.retry_after_s is None:
        return circuit
    return replace(
        circuit, next_list_probe_at=max(circuit.next_list_probe_at, now + timedelta(seconds=failure.retry_after_s))
    )


def after_listing(circuit: Circuit, seen: Observation, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """The health after a probe that was due, or that an operator asked for.

    Without a holder, as an operator's, it is seen under whatever generation holds now.
    """
    if not seen.holder:
        seen = replace(seen, generation=circuit.generation)
    if seen.generation != circuit.generation:
        return release(circuit, seen.holder)
    if seen.failure is not None:
        if seen.failure.error_class in LISTING_ONLY:
            return release(circuit, seen.holder)
        return _remembered(observe(circuit, seen, policy), seen)
    if circuit.state is CircuitState.CLOSED or circuit.reason in NEEDS_COMPLETION:
        return release(circuit, seen.holder)
    if circuit.reason is ErrorClass.AUTH:
        return closed(circuit, seen.at)  # the key is accepted, which is all that was in doubt
    return observe(circuit, seen, policy)


def _remembered(circuit: Circuit, seen: Observation) -> Circuit:
    in_outage = circuit.state is CircuitState.OPEN and circuit.reason not in BLOCKS
    return replace(circuit, list_probe_failed=True) if in_outage and seen.verdict in FAULTS else circuit
