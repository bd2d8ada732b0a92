"""Circuit rows: read, and written by compare-and-set with an event row per transition. Synchronous ORM."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from llm import models
from llm.core.circuit.state import BLOCKS, Circuit, CircuitState, retry_at
from llm.core.circuit.window import prune
from llm.core.failures.policy import ErrorClass
from llm.models import CircuitEvent
from llm.stores.circuits.codec import dump, load
from llm.stores.circuits.records import CircuitChange, Contended, Versioned

log = structlog.get_logger(__name__)

MAX_TRIES = 50


def read_all() -> dict[str, Versioned]:
    """Every circuit, by provider."""
    rows = models.Circuit.objects.values_list("provider", "version", "value")
    return {provider: Versioned(circuit=_load(provider, value), version=version) for provider, version, value in rows}


def read_one(provider: str) -> Circuit:
    """The circuit of one provider; a new one when there is no row yet."""
    row = models.Circuit.objects.filter(provider=provider).values_list("value", flat=True).first()
    return Circuit() if row is None else _load(provider, row)


def change(provider: str, step: Callable[[Circuit], Circuit], *, now: datetime, by: str) -> Versioned:
    """Applies `step` to the row as it stands, and again to a fresh value when another writer came first.

    Raises Contended.
    """
    for _ in range(MAX_TRIES):
        row = read_all().get(provider, Versioned(circuit=Circuit(), version=0))
        before = row.circuit
        after = step(before)
        if after == before:
            return row
        after = replace(after, window=prune(after.window, now.timestamp()))
        transition = CircuitChange(provider=provider, before=before, after=after, by=by)
        if compare_and_set(provider, after, [transition], expected=row.version, now=now):
            return Versioned(circuit=after, version=row.version + 1)
    raise Contended(provider)


def compare_and_set(
    provider: str, circuit: Circuit, transitions: Iterable[CircuitChange], *, expected: int, now: datetime
) -> bool:
    """Replaces version `expected` of the row and adds the events; False when the row has another version.

    Version 0 is a row that does not exist yet, too.
    """
    if expected == 0:
        models.Circuit.objects.get_or_create(provider=provider)
    with transaction.atomic():
        written = models.Circuit.objects.filter(provider=provider, version=expected).update(
            version=expected + 1,
            state=str(circuit.state),
            reason=str(circuit.reason or ""),
            since=circuit.since,
            retry_at=retry_at(circuit, now),
            value=dump(circuit),
            updated_at=now,
        )
        if written:
            for transition in transitions:
                _add_event(transition, now)
    return bool(written)


def _load(provider: str, value: Any) -> Circuit:
    """The row's circuit; an unusable value (edited by hand) reads as a new circuit until the next write."""
    try:
        return load(value)
    except ValueError as error:
        log.error("circuit_row_unusable", provider=provider, error=repr(error))
        return Circuit()


def _add_event(transition: CircuitChange, now: datetime) -> None:
    before, after = transition.before, transition.after
    throttled = after.throttled(now) and not before.throttled(now)
    closed_anew = after.state is CircuitState.CLOSED and after.generation != before.generation
    another_reason = after.state is CircuitState.OPEN and after.reason is not before.reason
    if before.state is after.state and not (throttled or closed_anew or another_reason):
        return
    reason = ErrorClass.RATE_LIMITED if throttled and before.state is after.state else after.reason
    CircuitEvent.objects.create(
        provider=transition.provider,
        at=now,
        before=str(before.state),
        after=str(after.state),
        reason=str(reason or ""),
        detail=_sentence(before, after, throttled=throttled)[:500],
        until=retry_at(after, now),
        generation=after.generation,
        by=transition.by[:150],
    )


def _sentence(before: Circuit, after: Circuit, *, throttled: bool) -> str:
    message = f": {after.last_error.message}" if after.last_error else ""
    if throttled and after.last_error == before.last_error:
        return "rate limit exhausted, reported with a successful answer"
    if throttled and before.state is after.state:
        return f"rate limited by the vendor{message}"
    if after.state is CircuitState.OPEN and after.reason in BLOCKS:
        return f"opened at once, {after.reason}{message}"
    if after.state is CircuitState.OPEN:
        return f"too many faults, {after.reason}{message}"
    if after.state is CircuitState.HALF_OPEN:
        return "one trial call is let through"
    return "closed, traffic returns step by step" if after.ramping else "closed, takes all its traffic again"
