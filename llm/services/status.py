"""The providers' current status: circuits, live window, latencies, last errors, overrides. Asks no vendor."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import structlog
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import OuterRef, Q, Subquery

from llm.core.calls import Durability, Outcome
from llm.core.chat.refused import Refused, still_refused
from llm.core.circuit.override import Override, in_force
from llm.core.circuit.state import Circuit, LastError
from llm.core.circuit.window import WINDOW_S, totals
from llm.core.routing.config import Config
from llm.core.routing.plan import Candidate
from llm.core.routing.standing import ProviderStanding, Standing, overall, standing_of
from llm.incidents import Incident
from llm.models import Attempt, Provider
from llm.services import portal
from llm.services.runtime import call_log, clock
from llm.services.wallets.state import WalletState, recent_wallets
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

without_call_log = Incident("status_without_call_log", log)

LATENCY_WINDOW = timedelta(minutes=15)
LATENCY_SAMPLE = 500
CALL_LOG_TIMEOUT_S = 2.0
"""For the figures that come from the call log; the rest is in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The live window, summed over all workers."""

    seconds: int
    calls: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds of the successful attempts in LATENCY_WINDOW; None without any."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFailure:
    error_class: str
    http_status: int | None
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStatus:
    """One provider now. The fields from `state` to `detail`, and `retry_at`, are those of its `ProviderStanding`."""

    name: str
    kind: str
    model: str
    priority: int
    enabled: bool
    state: str
    standing: Standing
    available: bool
    reason: str | None
    detail: str
    since: datetime | None
    retry_at: datetime | None
    success_rate: float | None
    window: Window
    consecutive_failures: int
    latency_ms: Latency
    last_success_at: datetime | None
    last_error: LastFailure | None
    override: Override | None
    """The operator's override in force."""
    wallet: WalletState | None = None
    """The money that it spends, at most a minute old; None when the database does not answer in time."""
    refused: tuple[Refused, ...] = ()
    """What its vendor refused of requests in the last hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All providers; `chain` is the default order, with "static" at its end.

    `offline_since`: since when this worker uses its local circuits, because the circuit store does not
    answer in time; None while the store answers. `durability`: what holds this worker's call records.
    """

    status: str
    providers: tuple[ProviderStatus, ...]
    chain: tuple[str, ...]
    offline_since: datetime | None
    durability: Durability


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSummary:
    """The status by `overall`. Active are the available providers; the total counts the enabled ones."""

    status: str
    active_providers: int
    total_providers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    latency: Latency
    last_success_at: datetime | None
    wallet: WalletState | None = None


async def current_status() -> Status:
    """The status of all providers; queries the call log for at most CALL_LOG_TIMEOUT_S."""
    config, circuits = await config_store.current(), await circuit_store.read()
    measured = await _measured(list(config.providers))
    standings = _standings(config, circuits)
    providers = tuple(
        _provider_status(config.providers[name].candidate, circuits.get(name, Circuit()), standing, measured[name])
        for name, standing in standings.items()
    )
    return Status(
        status=overall(standings.values()),
        providers=providers,
        chain=(*(p.name for p in providers if p.enabled), "static"),
        offline_since=circuit_store.offline_since,
        durability=call_log.durability(),
    )


def current_status_sync() -> Status:
    """`current_status` for threads without a running event loop."""
    return portal.run(current_status)


async def health_summary() -> HealthSummary:
    """The short form for load balancers, from memory."""
    config, circuits = await config_store.current(), await circuit_store.read()
    standings = _standings(config, circuits).values()
    return HealthSummary(
        status=overall(standings),
        active_providers=sum(each.available for each in standings),
        total_providers=sum(each.standing is not Standing.DISABLED for each in standings),
    )


async def current_standings() -> dict[str, ProviderStanding]:
    """Where each provider stands now, in the default order, from memory."""
    return _standings(await config_store.current(), await circuit_store.read())


def _standings(config: Config, circuits: Mapping[str, Circuit]) -> dict[str, ProviderStanding]:
    """Where each provider stands now, in the default order."""
    now = clock.now()
    return {
        name: standing_of(config.providers[name].candidate, circuits.get(name, Circuit()), now)
        for name in config.default_order
    }


def _provider_status(
    candidate: Candidate, circuit: Circuit, standing: ProviderStanding, measured: _Measured
) -> ProviderStatus:
    now = clock.now()
    ok, faults, others = totals(circuit.window, now.timestamp())
    calls = ok + faults + others
    override = in_force(candidate.override, now)
    return ProviderStatus(
        name=candidate.name,
        kind=candidate.kind,
        model=candidate.model,
        priority=candidate.priority,
        enabled=candidate.enabled,
        state=standing.state,
        standing=standing.standing,
        available=standing.available,
        reason=standing.reason,
        detail=standing.detail,
        since=override.at if override else circuit.since,
        retry_at=standing.retry_at,
        success_rate=round(ok / calls, 4) if calls else None,
        window=Window(seconds=WINDOW_S, calls=calls, failures=faults + others),
        consecutive_failures=circuit.failures,
        latency_ms=measured.latency,
        last_success_at=measured.last_success_at,
        last_error=_last_failure(circuit.last_error),
        override=override,
        wallet=measured.wallet,
        refused=still_refused(circuit.refused, candidate.account, now),
    )


def _last_failure(error: LastError | None) -> LastFailure | None:
    if error is None:
        return None
    return LastFailure(
        error_class=str(error.error_class), http_status=error.http_status, message=error.message, at=error.at
    )


async def _measured(names: list[str]) -> dict[str, _Measured]:
    """Figures from the call log, by provider; without any figure when the database does not answer in time."""
    try:
        async with asyncio.timeout(CALL_LOG_TIMEOUT_S):
            return await sync_to_async(_measure_and_close, thread_sensitive=False)(names, clock.now() - LATENCY_WINDOW)
    except (TimeoutError, *UNAVAILABLE) as error:
        without_call_log.note(error=type(error).__name__)
        return dict.fromkeys(names, _Measured(latency=Latency(p50=None, p95=None), last_success_at=None))


def _measure_and_close(names: list[str], since: datetime) -> dict[str, _Measured]:
    """Closes the connection: Django closes it at the end of a request, and this thread serves none."""
    try:
        return _measure(names, since)
    finally:
        connection.close()


def _measure(names: list[str], since: datetime) -> dict[str, _Measured]:
    """Latencies and last successes from the call log, by provider. Two queries, of rows from the end of an index each.

    A maximum by provider would read every attempt.
    """
    ok = Attempt.objects.filter(outcome=str(Outcome.OK))
    newest = ok.filter(provider=OuterRef("name")).order_by("-started_at")
    sample = newest.begun(since).values("started_at")[LATENCY_SAMPLE - 1 : LATENCY_SAMPLE]
    rows = Provider.objects.filter(name__in=names).values_list(
        "name", Subquery(newest.values("started_at")[:1]), Subquery(sample)
    )
    last = {name: (at, sample_from or since) for name, at, sample_from in rows}
    sampled = Q(pk__in=[])
    for name, (_, sample_from) in last.items():
        sampled |= Q(provider=name, started_at__gte=sample_from)
    durations: dict[str, list[float]] = {name: [] for name in names}
    for name, duration_ms in ok.begun(since).filter(sampled).order_by().values_list("provider", "duration_ms"):
        durations[name].append(duration_ms)
    wallets = {name: state for state in recent_wallets.read(wait=False) for name in state.providers}
    return {
        name: _Measured(
            latency=_latency(durations[name]),
            last_success_at=last[name][0] if name in last else None,
            wallet=wallets.get(name),
        )
        for name in names
    }


def _latency(durations: list[float]) -> Latency:
    ordered = sorted(durations)
    return Latency(p50=percentile(ordered, 0.5), p95=percentile(ordered, 0.95))


def percentile(ordered: list[float], share: float) -> float | None:
    """The smallest value that `share` of the ordered values do not exceed (nearest rank); None without values."""
    if not ordered:
        return None
    return round(ordered[ceil(share * len(ordered)) - 1], 1)
