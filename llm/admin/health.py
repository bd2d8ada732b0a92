"""The providers' status as text and badges, for their screens and the first page."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.core.calls import SkipReason
from llm.core.circuit.override import Override
from llm.core.circuit.state import PROBE_ONLY
from llm.core.failures.policy import ErrorClass
from llm.services.status import LastFailure, ProviderStatus, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailableProvider:
    """A provider that gets no calls now, and the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The status in one strip: which provider answers, which follow, which are out of service."""

    status: str
    answering: str
    followers: tuple[str, ...]
    unavailable: tuple[UnavailableProvider, ...]
    live: int
    total: int
    offline_since: str
    """Since when this worker uses its local circuits; "" while the circuit store answers."""


def strip(status: Status) -> Strip:
    """The strip of `status`; a provider with a closed circuit comes before one that is on trial."""
    enabled = [item for item in status.providers if item.enabled]
    live = sorted((item for item in enabled if item.available), key=lambda item: item.state != "closed")
    first, *followers = [*(item.name for item in live), str(formatting.STATUSES["static"][1])]
    return Strip(
        status=status.status,
        answering=first,
        followers=tuple(followers),
        unavailable=tuple(
            UnavailableProvider(name=item.name, reason=why(item)) for item in enabled if not item.available
        ),
        live=len(live),
        total=len(enabled),
        offline_since=offline_since(status),
    )


def offline_since(status: Status) -> str:
    """Since when the circuit store does not answer, for the banner; "" while it does."""
    return formatting.moment(status.offline_since) if status.offline_since else ""


def state_badge(status: ProviderStatus) -> SafeString:
    """The coloured state, with the reason where a circuit is open."""
    state = str(status.override.mode) if status.override and status.enabled else _shown_state(status)
    colour, label = formatting.STATES.get(state, ("default", state))
    if state == "open" and status.reason:
        return formatting.badge(colour, f"{label}: {formatting.reason(status.reason)}")
    return formatting.badge(colour, label)


def _shown_state(status: ProviderStatus) -> str:
    """The circuit's state, or what keeps calls from a provider with a closed circuit."""
    if not status.enabled:
        return "disabled"
    if status.reason == SkipReason.NO_KEY or (status.state == "closed" and status.reason == ErrorClass.RATE_LIMITED):
        return str(status.reason)
    return status.state


def until(status: ProviderStatus) -> str:
    """When, or after which change, a provider gets calls again; "" for a healthy one."""
    if status.override and status.enabled:
        return _override_author(status.override)
    match _shown_state(status):
        case "disabled":
            return _("until it is enabled")
        case "no_key":
            return _("store a key or name its environment variable")
        case "half_open":
            return _("on trial since %(time)s") % {"time": formatting.moment(status.since)}
        case "open" if status.reason in PROBE_ONLY:
            return _("until its settings change, it is reset, or a test succeeds")
        case "open" | "rate_limited":
            return formatting.next_attempt(status.retry_at)
    return _("gradually returning to service") if status.ramping else ""


def _override_author(override: Override) -> str:
    """Author and end of an override: "by ada, until 14:05 UTC"."""
    if override.until is None:
        return _("by %(name)s, until released") % {"name": override.by}
    return _("by %(name)s, until %(time)s") % {"name": override.by, "time": formatting.moment(override.until)}


def why(status: ProviderStatus) -> str:
    """Why a provider gets no calls, and until when: "out of credit; next attempt at 14:05 UTC"."""
    cause = formatting.reason(status.reason) if status.enabled else formatting.reason("disabled")
    operator_reason = status.override.reason if status.override and status.enabled else ""
    return "; ".join(part for part in (cause, until(status), operator_reason) if part)


def error_in_short(error: LastFailure) -> str:
    """The error class as a phrase, with the HTTP status: "out of credit (400)"."""
    code = f" ({error.http_status})" if error.http_status else ""
    return f"{formatting.reason(error.error_class)}{code}"
