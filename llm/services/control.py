"""The operators' hand: take a provider out, hold it in, release it, reset or probe it, with who, why and how long.

One service behind admin, API and command. All of it is synchronous: for threads.
"""

from datetime import UTC, datetime

import structlog

from llm.core.circuit.override import Action, Mode, Override
from llm.core.circuit.state import Circuit
from llm.core.exceptions import UnknownProvider
from llm.services.probes.run import probe_sync, reset
from llm.services.status import ProviderStatus, current_status_sync
from llm.stores.circuits import overrides
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store

log = structlog.get_logger(__name__)

MAX_REASON = 200


def override(name: str, mode: Mode, *, reason: str = "", until: datetime | None = None, by: str) -> None:
    """Puts the provider under `mode` until `until`, or until released; what held before is over.

    Effective here at once, in other workers within about a second. Raises UnknownProvider, and
    ValueError when `until` has passed.
    """
    _known(name)
    now = datetime.now(UTC)
    if until is not None and until <= now:
        raise ValueError("until must lie ahead")
    overrides.put(name, Override(mode=mode, by=by[:150], at=now, until=until, reason=reason[:MAX_REASON]))
    log.info("provider_overridden", provider=name, mode=str(mode), until=until and until.isoformat(), by=by)


def release(name: str, *, reason: str = "", by: str) -> bool:
    """Ends the provider's override; False when none was in force. Raises UnknownProvider."""
    _known(name)
    done = overrides.lift(name, by=by, reason=reason[:MAX_REASON], now=datetime.now(UTC))
    log.info("provider_released", provider=name, was_held=done, by=by)
    return done


def apply_action(
    name: str, action: Action, *, reason: str = "", until: datetime | None = None, by: str
) -> ProviderStatus:
    """Does it, leaves a row in the timeline, and tells how the provider stands now.

    `until` counts only for the modes. Raises UnknownProvider, and ValueError when `until` has passed.
    """
    _known(name)
    match action:
        case Action.RELEASE:
            release(name, reason=reason, by=by)
        case Action.RESET:
            reset([name], by=by)
            _note(name, action, reason or "reset by hand", by)
        case Action.PROBE:
            result = probe_sync(name, by=by)
            found = f"{'well' if result.ok else 'failed'}: {result.detail}"
            _note(name, action, f"{reason} ({found})" if reason else found, by)
        case _:
            override(name, Mode(action), reason=reason, until=until, by=by)
    return provider_status(name)


def provider_status(name: str) -> ProviderStatus:
    """How one provider stands now. Raises UnknownProvider."""
    for one in current_status_sync().providers:
        if one.name == name:
            return one
    raise UnknownProvider(name)


def _note(name: str, action: Action, detail: str, by: str) -> None:
    circuit = circuit_store.peek().get(name, Circuit())
    overrides.note(name, action, circuit, detail=detail, by=by, now=datetime.now(UTC))


def _known(name: str) -> None:
    if name not in config_store.current_sync().providers and name not in config_store.reload_sync().providers:
        raise UnknownProvider(name)


__all__ = ["MAX_REASON", "apply_action", "override", "provider_status", "release"]
