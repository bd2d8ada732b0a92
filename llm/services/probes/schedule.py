"""The worker's probes of providers whose circuits are open: who is due, one lease each, within the day's budget."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import structlog

from llm.core.circuit.probing import LISTING_ONLY, NEEDS_COMPLETION, NO_LIST, after_early_probe, early_probe_due
from llm.core.circuit.state import DEFAULT_POLICY, Circuit, CircuitState, begin_probe, holds_trial, is_due
from llm.core.failures.policy import Failure
from llm.core.routing.config import ProviderConfig
from llm.core.routing.standing import standing_of
from llm.ids import uuid7
from llm.services import portal
from llm.services.probes.budget import postponement
from llm.services.probes.run import (
    ProbeResult,
    probe_by_completion,
    probe_by_list,
    result_of,
)
from llm.services.runtime import clock, runtime
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store

log = structlog.get_logger(__name__)

Outage = tuple[datetime | None, date]
"""When a circuit opened, and the day (UTC) of its budget."""

Due = Callable[[Circuit, datetime], bool]

WITHOUT_LIST_S = 60.0
"""A completion is tried this often while the list of models fails: it may be the list alone that is broken."""

_completed_at: dict[str, float] = {}
"""Provider -> when this process last tried a completion, in seconds on the monotonic clock."""

_postponed: dict[str, Outage] = {}
"""Provider -> the outage and day in which it needed a billed probe and the budget allowed none."""


def forget() -> None:
    """Forgets when completions were tried and which probes the budget postponed."""
    _completed_at.clear()
    _postponed.clear()


async def probe_due(*, by: str = "worker", failures_count: bool = True) -> tuple[ProbeResult, ...]:
    """Probes the enabled providers whose wait is over, and lists the models of those that wait out an outage.

    The probes run concurrently. A lease lets one worker at a time probe a provider; the others skip it.
    A probe is unbilled where that is enough. A billed one that the day's budget does not allow is not
    made, and its result is `postponed`. Without `failures_count` a failure changes no circuit. Raises the first
    exception of a probe, after all have ended.
    """
    config = await config_store.current()
    circuits, now = await circuit_store.read(), clock.now()
    probes = []
    for name, provider in config.providers.items():
        circuit = circuits.get(name, Circuit())
        if not standing_of(provider.candidate, circuit, now).in_service:
            continue  # also when an operator keeps it out: an override outranks a good probe
        for due in (is_due, early_probe_due):
            if due(circuit, now):
                probes.append(_probe(provider, circuit, due, by=by, failures_count=failures_count))
                break
    if probes:
        await runtime().prepare(config)  # only now: it imports the vendors' SDKs
    results = await asyncio.gather(*probes, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tuple(result for result in results if isinstance(result, ProbeResult))


def probe_due_sync(*, by: str = "worker", failures_count: bool = True) -> tuple[ProbeResult, ...]:
    """`probe_due` for threads without a running event loop."""
    return portal.run(lambda: probe_due(by=by, failures_count=failures_count))


async def _probe(
    provider: ProviderConfig, circuit: Circuit, due: Due, *, by: str, failures_count: bool
) -> ProbeResult | None:
    """Lists the models, and when that works makes the completions that close the circuit.

    None when another worker holds the lease. Without money for completions callers' trials close the circuit.
    """
    name = provider.name
    if circuit.reason in NEEDS_COMPLETION:
        return await _complete(name, circuit, by=by, failures_count=failures_count)
    why_not = await postponement(clock.now())
    if why_not and _postponed.get(name) == _outage(circuit):
        return _postpone(name, circuit, why_not)  # the list was read in this outage, and was not enough
    lease = await _lease(name, due, by=by)
    if lease is None:
        return None
    result = await probe_by_list(
        provider,
        by=by,
        holder=lease.trial_holder,
        generation=lease.generation,
        transition=after_early_probe,
        is_probe=why_not is None,
        failures_count=failures_count,
    )
    if result.ok or _concerns_list_only(result.failure) or _list_fails_for_long(name):
        return await _complete(name, circuit, by=by, failures_count=failures_count) or result
    return result


def _concerns_list_only(failure: Failure | None) -> bool:
    return failure is not None and (failure.error_class in LISTING_ONLY or failure.http_status in NO_LIST)


def _list_fails_for_long(name: str) -> bool:
    """Whether no completion has been tried here for so long that a broken list may be all that is wrong."""
    return clock.monotonic() - _completed_at.setdefault(name, clock.monotonic()) >= WITHOUT_LIST_S


async def _complete(name: str, circuit: Circuit, *, by: str, failures_count: bool) -> ProbeResult | None:
    """Completions until one fails or the circuit closes; None when another worker holds the lease."""
    result: ProbeResult | None = None
    for _ in range(DEFAULT_POLICY.successes_to_close):
        if (why := await postponement(clock.now())) is not None:
            return _postpone(name, circuit, why)
        _completed_at[name] = clock.monotonic()
        result = await probe_by_completion(name, by=by, leased=True, failures_count=failures_count)
        if result is None or not result.ok or result.state == CircuitState.CLOSED:
            break
    return result


async def _lease(name: str, due: Due, *, by: str) -> Circuit | None:
    """The circuit with a lease for this probe; None when another worker holds it, or has probed meanwhile."""
    holder, now = f"probe-{uuid7()}", clock.now()

    def take(circuit: Circuit) -> Circuit:
        return begin_probe(circuit, holder, now) if due(circuit, now) else circuit

    circuit = await circuit_store.change(name, take, by=by)
    return circuit if holds_trial(circuit, holder) else None


def _postpone(name: str, circuit: Circuit, why: str) -> ProbeResult:
    """The result of a probe that the budget does not allow; logged once per outage and day."""
    if _postponed.get(name) != _outage(circuit):
        _postponed[name] = _outage(circuit)
        log.warning("probe_held", provider=name, reason=str(circuit.reason), why=why)
    return replace(result_of(name, circuit, ok=False, live=False, detail=why), postponed=True)


def _outage(circuit: Circuit) -> Outage:
    return circuit.since, clock.now().date()
