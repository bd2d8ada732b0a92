"""Probes of providers that are out: the worker's way back for them, within a lease and a budget."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import structlog

from llm.core.circuit.override import in_force
from llm.core.circuit.probing import LISTING_ONLY, NEEDS_COMPLETION, after_early_probe, early_probe_due
from llm.core.circuit.state import Circuit, begin_probe, holds_trial, is_due
from llm.core.routing.config import ProviderConfig
from llm.ids import uuid7
from llm.services import portal
from llm.services.probes import budget as probe_budget
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

_held: dict[str, tuple[datetime | None, date]] = {}
"""Provider -> its outage and the day in which only a billed probe could tell, and there was no money for one."""


async def probe_due(*, by: str = "worker") -> tuple[ProbeResult, ...]:
    """Probes the enabled providers whose wait is over, and looks at those that wait because of an outage.

    Side by side, and one at a time per provider among all workers: whoever does not get the lease passes on.
    Unbilled where that can tell; a billed probe that the day's budget does not allow is not made, and its
    result is `held`. Raises what one of them raised, after all have ended.
    """
    config = await config_store.current()
    await runtime().prepare(config)
    circuit, now = await circuit_store.read(), clock.now()
    probes = []
    for name, provider in config.providers.items():
        state = circuit.get(name, Circuit())
        if not _may_probe(provider, now):
            continue
        if is_due(state, now):
            probes.append(_probe(provider, state, by=by))
        elif early_probe_due(state, now):
            probes.append(_look(provider, by=by))
    results = await asyncio.gather(*probes, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tuple(result for result in results if isinstance(result, ProbeResult))


def probe_due_sync(*, by: str = "worker") -> tuple[ProbeResult, ...]:
    """`probe_due` for threads without a running event loop."""
    return portal.run(lambda: probe_due(by=by))


def _may_probe(provider: ProviderConfig, now: datetime) -> bool:
    """Not who is switched off, has no key, or is kept out by an operator, whose word stands above a good probe."""
    candidate = provider.candidate
    override = in_force(candidate.override, now)
    return candidate.enabled and candidate.has_key and not (override is not None and override.keeps_out)


async def _probe(provider: ProviderConfig, circuit: Circuit, *, by: str) -> ProbeResult | None:
    """The cheapest probe that can tell; None when another has the lease."""
    name = provider.name
    if circuit.reason in NEEDS_COMPLETION:
        return await _probe_billed(name, circuit, by=by)
    if _held.get(name) == _outage(circuit) and (why := await probe_budget.refusal(clock.now())):
        return _not_made(name, circuit, why)  # the list of models has been asked for before, and could not tell
    lease = await _lease(name, is_due, by=by)
    if lease is None:
        return None
    result = await probe_by_list(provider, by=by, holder=lease.trial_holder, generation=lease.generation)
    if result.failure is not None and result.failure.error_class in LISTING_ONLY:
        return await _probe_billed(name, circuit, by=by)
    return result


async def _look(provider: ProviderConfig, *, by: str) -> ProbeResult | None:
    """The list of models of a vendor whose wait is not over; None when another has the lease."""
    lease = await _lease(provider.name, early_probe_due, by=by)
    if lease is None:
        return None
    return await probe_by_list(
        provider, by=by, holder=lease.trial_holder, generation=lease.generation, judge=after_early_probe
    )


async def _lease(name: str, wanted: Callable[[Circuit, datetime], bool], *, by: str) -> Circuit | None:
    """The health with a lease of our own; None when another has it, or has made this probe meanwhile."""
    holder, now = f"probe-{uuid7()}", clock.now()

    def take(circuit: Circuit) -> Circuit:
        return begin_probe(circuit, holder, now) if wanted(circuit, now) else circuit

    circuit = await circuit_store.change(name, take, by=by)
    return circuit if holds_trial(circuit, holder) else None


async def _probe_billed(name: str, circuit: Circuit, *, by: str) -> ProbeResult | None:
    why = await probe_budget.refusal(clock.now())
    if why is None:
        return await probe_by_completion(name, by=by, leased=True)
    return _not_made(name, circuit, why)


def _not_made(name: str, circuit: Circuit, why: str) -> ProbeResult:
    if _held.get(name) != _outage(circuit):
        _held[name] = _outage(circuit)
        log.warning("probe_held", provider=name, reason=str(circuit.reason), why=why)
    return replace(result_of(name, circuit, ok=False, live=False, detail=why), held=True)


def _outage(circuit: Circuit) -> tuple[datetime | None, date]:
    return circuit.since, clock.now().date()
