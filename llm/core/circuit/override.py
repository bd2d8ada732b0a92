"""Overrides: an operator's decision about a provider, its duration, and its wording in records."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from llm.core.calls import Skip, SkipReason


class Mode(StrEnum):
    """What an override does to new calls. Running calls finish in every mode."""

    DISABLE = "disable"
    """Takes no new calls."""
    FORCE_OPEN = "force_open"
    """Takes no new calls, as if its circuit were open: for faults that the circuit cannot detect."""
    FORCE_CLOSED = "force_closed"
    """Takes calls in every state of its circuit."""
    DRAIN = "drain"
    """Takes no new calls, because it is about to be changed or stopped."""


class Action(StrEnum):
    """What an operator can do to a provider. The first four stay in force until released or expired."""

    DISABLE = "disable"
    FORCE_OPEN = "force_open"
    FORCE_CLOSED = "force_closed"
    DRAIN = "drain"
    RELEASE = "release"
    RESET = "reset"
    PROBE = "probe"

    @property
    def lasts(self) -> bool:
        """Whether the action puts a mode in force."""
        return self.value in {mode.value for mode in Mode}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideWording:
    """The wording of a mode: `code` for records, `phrase` for sentences, `state` for the provider's status."""

    code: str
    phrase: str
    state: str


WORDINGS = {
    Mode.DISABLE: OverrideWording(code="disabled_by_operator", phrase="disabled", state="disabled"),
    Mode.FORCE_OPEN: OverrideWording(code="forced_open", phrase="forced open", state="open"),
    Mode.FORCE_CLOSED: OverrideWording(code="forced_closed", phrase="forced closed", state="closed"),
    Mode.DRAIN: OverrideWording(code="draining", phrase="drained", state="disabled"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A mode in force. Times are aware UTC; `until` None means until it is released."""

    mode: Mode
    by: str
    at: datetime
    until: datetime | None = None
    reason: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at `now`. Each plan evaluates it, so nothing has to run when it expires."""
        return self.until is None or now < self.until

    @property
    def wording(self) -> OverrideWording:
        return WORDINGS[self.mode]

    @property
    def keeps_out(self) -> bool:
        return self.mode is not Mode.FORCE_CLOSED

    @property
    def sentence(self) -> str:
        """Mode, operator, end and reason: "disabled by ada until 2026-11-23 14:05:00 UTC: new contract"."""
        until = f" until {self.until:%Y-%m-%d %H:%M:%S} UTC" if self.until else ""
        return f"{self.wording.phrase} by {self.by}{until}" + (f": {self.reason}" if self.reason else "")


def in_force(override: Override | None, now: datetime) -> Override | None:
    """The override when it is in force, else None."""
    return override if override is not None and override.holds(now) else None


def skip(provider: str, override: Override) -> Skip:
    """The skip of a provider that an operator keeps out. Raises ValueError for an override that does not."""
    reason = SkipReason(override.wording.code)
    return Skip(provider=provider, reason=reason, detail=override.sentence, until=override.until)
