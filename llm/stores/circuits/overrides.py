"""Rows of operators' overrides: read into values, put and released, each with an event row. Synchronous ORM."""

from datetime import datetime

import structlog
from django.db import transaction

from llm.core.circuit.override import Action, Mode, Override, in_force
from llm.core.circuit.state import Circuit
from llm.models import CircuitEvent
from llm.models import Override as Row
from llm.stores.circuits import rows as circuits

log = structlog.get_logger(__name__)


def read_all(provider: str | None = None) -> dict[str, Override]:
    """The newest unreleased override of each provider, or of one; it may be over. A row without sense is left out."""
    rows = Row.objects.filter(released_at=None).order_by("at", "id")
    found = {}
    for row in rows if provider is None else rows.filter(provider=provider):
        try:
            mode = Mode(row.mode)
        except ValueError:
            log.error("override_row_unusable", provider=row.provider, mode=row.mode)
            continue
        found[row.provider] = Override(mode=mode, by=row.by, at=row.at, until=row.until, reason=row.reason)
    return found


@transaction.atomic
def put(provider: str, override: Override) -> None:
    """Puts `override` in force in place of what held before."""
    now = override.at
    before, circuit = _state(provider, now)
    _end(provider, now)
    Row.objects.create(
        provider=provider,
        mode=str(override.mode),
        reason=override.reason,
        by=override.by,
        at=now,
        until=override.until,
    )
    _tell(
        provider,
        before,
        str(override.mode),
        reason=override.wording.code,
        detail=override.reason,
        until=override.until,
        by=override.by,
        now=now,
        circuit=circuit,
    )


@transaction.atomic
def lift(provider: str, *, by: str, reason: str, now: datetime) -> bool:
    """Releases what holds; False when nothing does."""
    held = in_force(read_all(provider).get(provider), now)
    before, circuit = _state(provider, now)
    _end(provider, now)
    if held is None:
        return False
    _tell(
        provider,
        before,
        str(circuit.state),
        reason=str(Action.RELEASE),
        detail=reason or f"released; it was {held.sentence}",
        until=None,
        by=by,
        now=now,
        circuit=circuit,
    )
    return True


def note(provider: str, action: Action, circuit: Circuit, *, detail: str, by: str, now: datetime) -> None:
    """An event row for an act that need not have changed anything: a reset, a probe. `circuit` is as it left it."""
    held = in_force(read_all(provider).get(provider), now)
    state = str(held.mode if held else circuit.state)
    _tell(provider, state, state, reason=str(action), detail=detail, until=None, by=by, now=now, circuit=circuit)


def _state(provider: str, now: datetime) -> tuple[str, Circuit]:
    """(the mode that holds, else the circuit's state; the circuit)."""
    held = in_force(read_all(provider).get(provider), now)
    circuit = circuits.read_one(provider)
    return str(held.mode if held else circuit.state), circuit


def _end(provider: str, now: datetime) -> None:
    for row in Row.objects.filter(provider=provider, released_at=None):
        row.released_at = now
        row.save(update_fields=["released_at"])  # one by one, for the signal that tells the other workers


def _tell(
    provider: str,
    before: str,
    after: str,
    *,
    reason: str,
    detail: str,
    until: datetime | None,
    by: str,
    now: datetime,
    circuit: Circuit,
) -> None:
    CircuitEvent.objects.create(
        provider=provider,
        at=now,
        before=before,
        after=after,
        reason=reason,
        detail=detail[:500],
        until=until,
        generation=circuit.generation,
        by=by[:150],
    )
