"""Circuit rows: read, and changed by compare-and-set with an event row per transition. Synchronous ORM."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from llm.core.circuit.state import BLOCKS, Health, State
from llm.core.circuit.window import prune
from llm.core.failures.policy import ErrorClass
from llm.models import Circuit, CircuitEvent
from llm.stores.circuits.codec import dump, load

log = structlog.get_logger(__name__)

MAX_TRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioned:
    health: Health
    version: int


class Contended(Exception):
    """So many writers wanted one circuit at once that this one gave up; the next result will tell the same."""


def read_all() -> dict[str, Versioned]:
    """Every circuit, by provider."""
    rows = Circuit.objects.values_list("provider", "version", "value")
    return {provider: Versioned(health=_load(provider, value), version=version) for provider, version, value in rows}


def read_one(provider: str) -> Health:
    """The circuit of one provider; a new one when there is no row yet."""
    row = Circuit.objects.filter(provider=provider).values_list("value", flat=True).first()
    return Health() if row is None else _load(provider, row)


def change(provider: str, step: Callable[[Health], Health], *, now: datetime, by: str) -> Versioned:
    """Applies `step` to the row as it stands; two workers cannot both make one transition.

    `step` runs again on a fresh value when another worker was faster. Raises Contended.
    """
    for _ in range(MAX_TRIES):
        row, _made = Circuit.objects.get_or_create(provider=provider)
        before = _load(provider, row.value)
        after = step(before)
        if after == before:
            return Versioned(health=before, version=row.version)
        after = replace(after, window=prune(after.window, now.timestamp()))
        with transaction.atomic():
            won = Circuit.objects.filter(provider=provider, version=row.version).update(
                version=row.version + 1,
                state=str(after.state),
                reason=str(after.reason or ""),
                since=after.since,
                retry_at=retry_at(after, now),
                value=dump(after),
                updated_at=now,
            )
            if won:
                _tell(provider, before, after, now=now, by=by)
                return Versioned(health=after, version=row.version + 1)
    raise Contended(provider)


def _load(provider: str, value: Any) -> Health:
    """The row's health; one that makes no sense (edited by hand) counts as well, until its next change mends it."""
    try:
        return load(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.error("circuit_row_unusable", provider=provider, error=repr(error))
        return Health()


def retry_at(health: Health, now: datetime) -> datetime | None:
    """When the provider may next be asked; None when it may be now, or nobody knows."""
    if health.throttled(now):
        return health.throttled_until
    return health.until if health.state is State.OPEN else None


def _tell(provider: str, before: Health, after: Health, *, now: datetime, by: str) -> None:
    throttled = after.throttled(now) and not before.throttled(now)
    closed_anew = after.state is State.CLOSED and after.generation != before.generation
    another_reason = after.state is State.OPEN and after.reason is not before.reason
    if before.state is after.state and not (throttled or closed_anew or another_reason):
        return
    reason = ErrorClass.RATE_LIMITED if throttled and before.state is after.state else after.reason
    CircuitEvent.objects.create(
        provider=provider,
        at=now,
        before=str(before.state),
        after=str(after.state),
        reason=str(reason or ""),
        detail=_sentence(before, after, throttled=throttled)[:500],
        until=retry_at(after, now),
        generation=after.generation,
        by=by[:150],
    )


def _sentence(before: Health, after: Health, *, throttled: bool) -> str:
    said = f": {after.last_error.message}" if after.last_error else ""
    if throttled and after.last_error == before.last_error:
        return "answered, and said that nothing is left of its rate limit"
    if throttled and before.state is after.state:
        return f"rate limited by the vendor{said}"
    if after.state is State.OPEN and after.reason in BLOCKS:
        return f"left at once, {after.reason}{said}"
    if after.state is State.OPEN:
        return f"too many faults, {after.reason}{said}"
    if after.state is State.HALF_OPEN:
        return "one trial call is let through"
    return "well again, traffic returns step by step" if after.ramping else "closed, takes all its traffic again"


def without_counts(health: Health) -> Health:
    """The health without what is only counted, to tell whether anything else has changed."""
    return replace(health, window=())
