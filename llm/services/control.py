"""Operators' control of providers: override, release, reset and probe, each with operator, reason and duration.

Admin, API and `llm_control` share it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from llm.core.circuit.override import Action, Mode, Override
from llm.core.circuit.state import Circuit
from llm.core.exceptions import UnknownProvider
from llm.services.probes.run import ProbeResult, probe_sync, reset
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


def let_back(name: str, *, by: str) -> ProbeResult:
    """Tests the provider by a small billed call, and resets its circuit when it answers.

    For "the account is refilled": no caller's request is the first to find out. A failure counts like any other.
    Raises UnknownProvider, and NotAdmitted when a budget refuses the test.
    """
    result = probe_sync(name, live=True, by=by)
    if result.ok:
        reset([name], by=by)
        _note(name, Action.RESET, "tested well, let back", by)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Who answers without a provider: `others`, in the default order, and the routes in which no one would."""

    others: tuple[str, ...]
    bare_routes: tuple[str, ...]

    @property
    def is_last(self) -> bool:
        """Whether some route would answer with the static text only."""
        return not self.others or bool(self.bare_routes)


def left_without(name: str) -> Left:
    """Who would answer now if `name` were taken out. Raises UnknownProvider."""
    _require_known(name)
    config = config_store.current_sync()
    others = tuple(each.name for each in current_status_sync().providers if each.available and each.name != name)
    bare = tuple(
        route.name
        for route in config.routes.values()
        if route.members
        and any(member.provider == name for member in route.members)
        and not any(member.provider in others for member in route.members)
    )
    return Left(others=others, bare_routes=bare)


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
    statuses = {status.name: status for status in current_status_sync().providers}
    if name not in statuses:
        raise UnknownProvider(name, statuses)
    return statuses[name]


def _note(name: str, action: Action, detail: str, by: str) -> None:
    circuit = circuit_store.peek().get(name, Circuit())
    overrides.note(name, action, circuit, detail=detail, by=by, now=datetime.now(UTC))


def _require_known(name: str) -> None:
    if name not in config_store.current_sync().providers:
        known = config_store.reload_sync().providers
        if name not in known:
            raise UnknownProvider(name, known)


__all__ = [
    "MAX_REASON",
    "Left",
    "apply_action",
    "left_without",
    "let_back",
    "override",
    "provider_status",
    "release",
]
