"""Operators' control of providers: override, release, reset and probe, each with operator, reason and duration.

Admin, API and `llm_control` share it.
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
    """Puts the provider under `mode` until `until`, or until released; replaces an earlier override.

    In force here at once, in other workers within about a second. Raises UnknownProvider, and
    ValueError when `until` has passed.
    """
    _require_known(name)
    now = datetime.now(UTC)
    if until is not None and until <= now:
        raise ValueError("until must lie in the future")
    overrides.put(name, Override(mode=mode, by=by[:150], at=now, until=until, reason=reason[:MAX_REASON]))
    log.info("provider_overridden", provider=name, mode=str(mode), until=until and until.isoformat(), by=by)


def release(name: str, *, reason: str = "", by: str) -> bool:
    """Ends the provider's override; False when none was in force. Raises UnknownProvider."""
    _require_known(name)
    released = overrides.lift(name, by=by, reason=reason[:MAX_REASON], now=datetime.now(UTC))
    log.info("provider_released", provider=name, was_held=released, by=by)
    return released


def apply_action(
    name: str,
    action: Action,
    *,
    reason: str = "",
    until: datetime | None = None,
    by: str,
    failures_count: bool = True,
) -> ProviderStatus:
    """Applies the action, records it as a circuit event, and returns the provider's status after it.

    `until` applies to modes only, `failures_count` to a probe: without it a failure changes no circuit.
    Raises UnknownProvider, and ValueError when `until` has passed.
    """
    _require_known(name)
    match action:
        case Action.RELEASE:
            release(name, reason=reason, by=by)
        case Action.RESET:
            reset([name], by=by)
            _note(name, action, reason or "reset by hand", by)
        case Action.PROBE:
            result = probe_sync(name, by=by, failures_count=failures_count)
            failed = "failed" if failures_count else "failed, which does not count"
            outcome = f"{'ok' if result.ok else failed}: {result.detail}"
            _note(name, action, f"{reason} ({outcome})" if reason else outcome, by)
        case _:
            override(name, Mode(action), reason=reason, until=until, by=by)
    return provider_status(name)


def provider_status(name: str) -> ProviderStatus:
    """The status of one provider. Raises UnknownProvider."""
    for status in current_status_sync().providers:
        if status.name == name:
            return status
    raise UnknownProvider(name)


def _note(name: str, action: Action, detail: str, by: str) -> None:
    circuit = circuit_store.peek().get(name, Circuit())
    overrides.note(name, action, circuit, detail=detail, by=by, now=datetime.now(UTC))


def _require_known(name: str) -> None:
    if name not in config_store.current_sync().providers and name not in config_store.reload_sync().providers:
        raise UnknownProvider(name)


__all__ = ["MAX_REASON", "apply_action", "override", "provider_status", "release"]
