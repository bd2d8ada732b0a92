"""Probes of providers whose wait is over: the worker's way back for them, within a lease and a budget."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial

import structlog

from llm.core.config import ProviderConfig
from llm.core.health import Health, begin_probe, holds_trial, is_due
from llm.core.override import in_force
from llm.ids import uuid7
from llm.services import portal, probe_budget
from llm.services.health import (
    LISTING_ONLY,
    NEEDS_COMPLETION,
    ProbeResult,
    probe_by_completion,
    probe_by_list,
    result_of,
)
from llm.services.runtime import clock, runtime
from llm.stores.config import config_store
from llm.stores.health import health_store

log = structlog.get_logger(__name__)

_held: dict[str, tuple[datetime | None, date]] = {}
"""Provider -> its outage and the day in which only a billed probe could tell, and there was no money for one."""


async def probe_due(*, by: str = "worker") -> tuple[ProbeResult, ...]:
    """Probes the enabled providers whose circuit is open and whose wait is over.

    One at a time per provider among all workers: whoever does not get the lease passes on. Unbilled where
    that can tell; a billed probe that the day's budget does not allow is not made, and its result is `held`.
    """
    config = await config_store.current()
    await runtime().prepare(config)
    health, now = await health_store.read(), clock.now()
    results = []
    for name, provider in config.providers.items():
        state = health.get(name, Health())
        if _may_probe(provider, now) and is_due(state, now):
            results.append(await _probe(provider, state, by=by))
    return tuple(result for result in results if result is not None)


def probe_due_sync(*, by: str = "worker") -> tuple[ProbeResult, ...]:
    """`probe_due` for threads without a running event loop."""
    return portal.run(lambda: probe_due(by=by))


def _may_probe(provider: ProviderConfig, now: datetime) -> bool:
    """Not who is switched off, has no key, or is kept out by an operator, whose word stands above a good probe."""
    candidate = provider.candidate
    override = in_force(candidate.override, now)
    return candidate.enabled and candidate.has_key and not (override is not None and override.keeps_out)


async def _probe(provider: ProviderConfig, health: Health, *, by: str) -> ProbeResult | None:
    """The cheapest probe that can tell; None when another has the lease."""
    name, holder = provider.name, f"probe-{uuid7()}"
    if health.reason in NEEDS_COMPLETION:
        return await _probe_billed(name, health, by=by)
    if _held.get(name) == _outage(health) and (why := await probe_budget.refusal(clock.now())):
        return _not_made(name, health, why)  # the list of models has been asked for before, and could not tell
    health = await health_store.change(name, partial(begin_probe, holder=holder, now=clock.now()), by=by)
    if not holds_trial(health, holder):
        return None
    result = await probe_by_list(provider, holder=holder, by=by)
    if result.failure is not None and result.failure.error_class in LISTING_ONLY:
        return await _probe_billed(name, health, by=by)
    return result


async def _probe_billed(name: str, health: Health, *, by: str) -> ProbeResult | None:
    why = await probe_budget.refusal(clock.now())
    if why is None:
        return await probe_by_completion(name, by=by, leased=True)
    return _not_made(name, health, why)


def _not_made(name: str, health: Health, why: str) -> ProbeResult:
    if _held.get(name) != _outage(health):
        _held[name] = _outage(health)
        log.warning("probe_held", provider=name, reason=str(health.reason), why=why)
    return replace(result_of(name, health, ok=False, live=False, detail=why), held=True)


def _outage(health: Health) -> tuple[datetime | None, date]:
    return health.since, clock.now().date()
