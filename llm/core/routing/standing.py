"""Whether a provider answers now. Admin, API, commands, probes and alerts all ask `standing_of`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from llm.core.calls import SkipReason
from llm.core.circuit.override import Override, in_force
from llm.core.circuit.state import (
    PROBE_ONLY,
    Admission,
    Admitted,
    Circuit,
    CircuitState,
    admit,
    after_change,
    ramp_share,
    retry_at,
)
from llm.core.routing.plan import Candidate


class Standing(StrEnum):
    """Where a provider stands. The values are those of the API; `PHRASES` has the words for people."""

    ANSWERS = "answers"
    """Calls go there, and this account has answered since its circuit last opened."""
    TO_BE_TRIED = "to_be_tried"
    """It may answer: this account has no answer on record, or a wait is over and one call at a time tries it."""
    RETURNING = "returning"
    """It has answered after an outage, and its share of the calls grows."""
    WAITS = "waits"
    """It gets no calls until a known time."""
    OUT = "out"
    """It gets no calls until its settings change, an operator resets it, or a probe succeeds."""
    DISABLED = "disabled"
    NO_KEY = "no_key"
    KEPT_OUT = "kept_out"
    """An operator's override keeps calls away."""


PHRASES: dict[Standing, str] = {
    Standing.ANSWERS: "serving",
    Standing.TO_BE_TRIED: "to be tried",
    Standing.RETURNING: "returning",
    Standing.WAITS: "out for now",
    Standing.OUT: "out",
    Standing.DISABLED: "disabled",
    Standing.NO_KEY: "no key",
    Standing.KEPT_OUT: "held",
}
"""The words for people, the same on every screen and in every command. The admin translates them."""

PROVEN = frozenset({Standing.ANSWERS, Standing.RETURNING})
"""An answer is on record since the circuit last opened."""
NOT_IN_SERVICE = frozenset({Standing.DISABLED, Standing.NO_KEY, Standing.KEPT_OUT})
"""The operators' settings keep calls away, whatever the circuit says. Such a provider is not probed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStanding:
    """Where a provider stands now, why, and until when.

    `available`: calls go there without a trial. `state`: disabled, or the circuit's as an override shows it.
    `reason`: an error class or the code of a skip; None when there is none. `retry_at`: the end of a wait, not past.
    """

    standing: Standing
    available: bool = False
    state: str
    reason: str | None = None
    detail: str
    retry_at: datetime | None = None

    @property
    def in_service(self) -> bool:
        return self.standing not in NOT_IN_SERVICE


def standing_of(candidate: Candidate, circuit: Circuit, now: datetime) -> ProviderStanding:
    """Where the provider stands at `now`. Agrees with `make_plan` about who gets calls.

    A provider on trial is not available: its trial may fail. One that has never been asked is: calls go there.
    """
    circuit = after_change(circuit, candidate.account, now)
    override = in_force(candidate.override, now)
    state = str(circuit.state) if override is None else override.wording.state
    if not candidate.enabled:
        return ProviderStanding(standing=Standing.DISABLED, state="disabled", detail="switched off")
    if override is not None and override.keeps_out:
        return ProviderStanding(
            standing=Standing.KEPT_OUT,
            state=state,
            reason=override.wording.code,
            detail=override.sentence,
            retry_at=override.until,
        )
    if not candidate.has_key:
        return ProviderStanding(
            standing=Standing.NO_KEY, state=state, reason=str(SkipReason.NO_KEY), detail="no API key is configured"
        )
    # Without the lease: who holds it will soon know more, and until then the provider is to be tried.
    ticket = admit(replace(circuit, trial_holder="", trial_until=None), now, 0.0)
    if override is not None:
        return _forced_closed(candidate, circuit, ticket, override)
    match ticket.admission:
        case Admission.DENY:
            return _denied(circuit, ticket, now)
        case Admission.TRIAL:
            detail = "its wait is over; one call at a time tries it"
            return ProviderStanding(
                standing=Standing.TO_BE_TRIED, state=state, reason=_code(circuit.reason), detail=detail
            )
        case _:
            return _admitted(candidate, circuit, now)


def _forced_closed(candidate: Candidate, circuit: Circuit, ticket: Admitted, override: Override) -> ProviderStanding:
    """Calls go there whatever the circuit says; where the circuit says otherwise, an answer is yet to be seen."""
    answers = ticket.admission is Admission.ALLOW and _has_answered(candidate, circuit)
    return ProviderStanding(
        standing=Standing.ANSWERS if answers else Standing.TO_BE_TRIED,
        available=True,
        state=override.wording.state,
        detail=override.sentence,
    )


def _denied(circuit: Circuit, ticket: Admitted, now: datetime) -> ProviderStanding:
    until = retry_at(circuit, now)
    return ProviderStanding(
        standing=Standing.OUT if ticket.reason in PROBE_ONLY else Standing.WAITS,
        state=str(circuit.state),
        reason=_code(ticket.reason),
        detail=ticket.detail,
        retry_at=until if until is not None and until > now else None,
    )


def _admitted(candidate: Candidate, circuit: Circuit, now: datetime) -> ProviderStanding:
    share = ramp_share(circuit, now)
    if share < 1.0:
        standing, detail = Standing.RETURNING, f"takes {share:.0%} of the calls"
    elif _has_answered(candidate, circuit):
        standing, detail = Standing.ANSWERS, "well"
    else:
        standing, detail = Standing.TO_BE_TRIED, "no answer of this account is on record"
    return ProviderStanding(standing=standing, available=True, state=str(CircuitState.CLOSED), detail=detail)


def _has_answered(candidate: Candidate, circuit: Circuit) -> bool:
    return bool(circuit.answered_account) and circuit.answered_account == candidate.account


def _code(reason: object) -> str | None:
    return None if reason in (None, SkipReason.OPEN) else str(reason)


def overall(standings: Iterable[ProviderStanding]) -> str:
    """healthy: every enabled provider is available; degraded: some are; unavailable: none is."""
    available = [each.available for each in standings if each.standing is not Standing.DISABLED]
    if not any(available):
        return "unavailable"
    return "healthy" if all(available) else "degraded"
