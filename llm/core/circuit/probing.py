"""What a list-models probe, which is unbilled, does to a circuit; and early probes during the open period.

The open period doubles with each failed trial, so a recovered vendor could stay unused for minutes. During that period
the gateway therefore requests the list of models at short intervals. A successful probe ends the period only if an
earlier one failed during the same outage. A vendor whose list works while its completions fail stays open, and so does
one without a list.
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
"""Blocks that a list-models probe cannot disprove: vendors answer it without credit too."""

LISTING_ONLY = frozenset({ErrorClass.PERMISSION, ErrorClass.MODEL_NOT_FOUND, ErrorClass.INVALID_REQUEST})
"""Failures that concern only the list: restricted keys may not read it, and compatible vendors may lack it."""

NO_LIST = frozenset({404, 405, 501})
"""HTTP statuses of a vendor without a list, whatever their body."""

CALLERS_FIRST = timedelta(seconds=2)
"""After the open period the next call is a trial. Probes wait so long for it, to spare the vendor a second request."""

FAULTS = (CircuitEffect.FAULT, CircuitEffect.SOFT_FAULT)


def early_probe_due(circuit: Circuit, now: datetime) -> bool:
    """Whether a list-models probe is due: during the open period, or after it while the list is known to fail."""
    if circuit.state is not CircuitState.OPEN or circuit.throttled(now) or circuit.trial_leased(now):
        return False
    if circuit.next_list_probe_at is None or circuit.until is None or now < circuit.next_list_probe_at:
        return False
    return now < circuit.until or (circuit.waits_for_list_probe and now >= circuit.until + CALLERS_FIRST)


def after_early_probe(circuit: Circuit, observation: Observation, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """The circuit after an early probe by the holder of the lease. Ends the open period, or leaves it as it was.

    It ends as after any successful probe: the circuit is half-open with one success, and the next call is a trial.
    """
    if observation.generation != circuit.generation or not holds_trial(circuit, observation.holder):
        return circuit
    if observation.failure is None and circuit.list_probe_failed:
        return observe(circuit, observation, policy)
    circuit = release(circuit, observation.holder)
    if observation.failure is None:
        return circuit
    if observation.failure.error_class in LISTING_ONLY or observation.failure.http_status in NO_LIST:
        return replace(circuit, next_list_probe_at=None, list_probe_failed=False)
    if observation.verdict in FAULTS:
        circuit = replace(circuit, list_probe_failed=True)
    return _not_before(circuit, observation.failure, observation.at)


def _not_before(circuit: Circuit, failure: Failure, now: datetime) -> Circuit:
    """Moves the next early probe past the vendor's retry time; the open period stays."""
    if circuit.next_list_probe_at is None or failure.retry_after_s is None:
        return circuit
    return replace(
        circuit, next_list_probe_at=max(circuit.next_list_probe_at, now + timedelta(seconds=failure.retry_after_s))
    )


def after_listing(circuit: Circuit, observation: Observation, policy: CircuitPolicy = DEFAULT_POLICY) -> Circuit:
    """The circuit after a probe that was due, or that an operator started.

    A probe without a holder, as an operator's, counts under the present generation.
    """
    if not observation.holder:
        observation = replace(observation, generation=circuit.generation)
    if observation.generation != circuit.generation:
        return release(circuit, observation.holder)
    if observation.failure is not None:
        if observation.failure.error_class in LISTING_ONLY:
            return release(circuit, observation.holder)
        return _remembered(observe(circuit, observation, policy), observation)
    if circuit.state is CircuitState.CLOSED or circuit.reason in NEEDS_COMPLETION:
        return release(circuit, observation.holder)
    if circuit.reason is ErrorClass.AUTH:
        return closed(circuit, observation.at)  # the key is accepted, which is all that was in doubt
    return observe(circuit, observation, policy)


def _remembered(circuit: Circuit, observation: Observation) -> Circuit:
    in_outage = circuit.state is CircuitState.OPEN and circuit.reason not in BLOCKS
    return replace(circuit, list_probe_failed=True) if in_outage and observation.verdict in FAULTS else circuit
