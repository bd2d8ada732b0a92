"""What a list-models probe, which is unbilled, does to a circuit; and when the next one is due.

While a circuit is open the worker requests the list of models at short intervals. When that works, a completion of a
few tokens follows: two of them close the circuit, so that no caller pays for the test. A list alone closes nothing:
many vendors list their models while their completions fail.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from llm.core.circuit.state import (
    BLOCKS,
    DEFAULT_POLICY,
    Circuit,
    CircuitPolicy,
    CircuitState,
    holds_trial,
    release,
)
from llm.core.circuit.transitions import Observation, kept_open, observe
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
    """The circuit after an early probe by the holder of the lease.

    A success ends the open period if an earlier probe failed during this outage. Where completions of the probe follow
    it (`is_probe`), that period is left to them. A fault keeps callers out.
    """
    if observation.generation != circuit.generation or not holds_trial(circuit, observation.holder):
        return circuit
    circuit = release(circuit, observation.holder)
    if observation.failure is None and observation.is_probe:
        return _left_to_probe(circuit, observation.at, policy)
    if observation.failure is None:
        return _wait_ended(circuit, observation.at)
    if observation.failure.error_class in LISTING_ONLY or observation.failure.http_status in NO_LIST:
        return replace(circuit, next_list_probe_at=None, list_probe_failed=False)
    if observation.effect in FAULTS:
        circuit = replace(circuit, list_probe_failed=True)
        if observation.is_probe:
            circuit = kept_open(circuit, observation, policy)
    return _not_before(circuit, observation.failure, observation.at)


def _left_to_probe(circuit: Circuit, now: datetime, policy: CircuitPolicy) -> Circuit:
    """The circuit while completions follow the list: nobody else tries the provider until they are over."""
    if circuit.state is not CircuitState.OPEN:
        return circuit
    until = now + timedelta(seconds=policy.probe_late_s)
    if circuit.until is not None and circuit.until > now:
        until = min(until, circuit.until) if circuit.list_probe_failed else circuit.until
    return replace(circuit, until=until, list_probe_failed=False)


def _wait_ended(circuit: Circuit, now: datetime) -> Circuit:
    """The circuit that may be tried from `now` on, if its list of models had failed before; else unchanged."""
    if circuit.state is not CircuitState.OPEN or not circuit.list_probe_failed:
        return circuit
    return replace(circuit, until=min(now, circuit.until or now), list_probe_failed=False)


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
    return _wait_ended(release(circuit, observation.holder), observation.at)


def _remembered(circuit: Circuit, observation: Observation) -> Circuit:
    in_outage = circuit.state is CircuitState.OPEN and circuit.reason not in BLOCKS
    return replace(circuit, list_probe_failed=True) if in_outage and observation.effect in FAULTS else circuit
