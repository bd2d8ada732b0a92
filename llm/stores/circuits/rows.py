"""Circuit rows: read, and changed by compare-and-set with an event row per transition. Synchronous ORM."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from llm import models
from llm.core.circuit.state import BLOCKS, Circuit, CircuitState
from llm.core.circuit.window import prune
from llm.core.failures.policy import ErrorClass
from llm.models import CircuitEvent
from llm.stores.circuits.codec import dump, load

log = structlog.get_logger(__name__)

MAX_TRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioned:
    circuit: Circuit
    version: int


class Contended(Exception):
    """So many writers wanted one circuit at once that this one gave up; the next result will tell the same."""


def read_all() -> dict[str, Versioned]:
    """Every circuit, by provider."""
    rows = models.Circuit.objects.values_list("provider", "version", "value")
    return {provider: Versioned(circuit=_load(provider, value), version=version) for provider, version, value in rows}


def read_one(provider: str) -> Circuit:
    """The circuit of one provider; a new one when there is no row yet."""
    row = models.Circuit.objects.filter(provider=provider).values_list("value", flat=True).first()
    return Circuit() if row is None else _load(provider, row)


def change(provider: str, step: Callable[[Circuit], Circuit], *, now: datetime, by: str) -> Versioned:
    """Applies `step` to the row as it stands; two workers cannot both make one transition.

    `step` runs again on a fresh value when another worker was faster. Raises Contended.
    """
    for _ in range(MAX_TRIES):
        row, _made = models.Circuit.objects.get_or_create(provider=provider)
        before = _load(provider, row.value)
        after = step(before)
        if after == before:
            return Versioned(circuit=before, version=row.version)
        after = replace(after, window=prune(after.window, now.timestamp()))
        with transaction.atomic():
            won = models.Circuit.objects.filter(provider=provider, version=row.version).update(
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
                return Versioned(circuit=after, version=row.version + 1)
    raise Contended(provider)


def _load(provider: str, value: Any) -> Circuit:
    """The row's health; one that makes no sense (edited by hand) counts as well, until its next change mends it."""
    try:
        return load(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.error("circuit_row_unusable", provider=provider, error=repr(error))
        return Circuit()


def retry_at(circuit: Circuit, now: datetime) -> datetime | None:
    """When the provider may next be asked; None when it may be now, or nobody knows."""
    if circuit.throttled(now):
        return circuit.throttled_until
    return circuit.until if circuit.state is CircuitState.OPEN else None


def _tell(provider: str, before: Circuit, after: Circuit, *, now: datetime, by: str) -> None:
    throttled = after.throttled(now) and not before.throttled(now)
    closed_anew = after.state is CircuitState.CLOSED and after.generation != before.generation
    another_reason = after.state is CircuitState.OPEN and after.reason is not before.reason
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


def _sentence(before: Circuit, after: Circuit, *, throttled: bool) -> str:
    said = f": {after.last_error.message}" if after.last_error else ""
    if throttled and after.last_error == before.last_error:
        return "answered, and said that nothing is left of its rate limit"
    if throttled and before.state is after.state:
        return f"rate limited by the vendor{said}"
    if after.state is CircuitState.OPEN and after.reason in BLOCKS:
        return f"left at once, {after.reason}{said}"
    if after.state is CircuitState.OPEN:
        return f"too many faults, {after.reason}{said}"
    if after.state is CircuitState.HALF_OPEN:
        return "one trial call is let through"
    return "well again, traffic returns step by step" if after.ramping else "closed, takes all its traffic again"


def without_counts(circuit: Circuit) -> Circuit:
    """The health without what is only counted, to tell whether anything else has changed."""
    return replace(circuit, window=())
