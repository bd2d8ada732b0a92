"""The providers' status as text and badges, for their screens and the first page."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.core.calls import Durability
from llm.core.circuit.override import Override
from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import PROVEN, Standing
from llm.services.status import LastFailure, ProviderStatus, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailableProvider:
    """A provider that gets no calls now, and the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The status in one strip: who answers, who follows, who is to be tried, who is out of service.

    `answering` is "" while providers are to be tried and none is known to answer, and the static text while no provider
    can be asked. `followers` ends with the static text.
    """

    status: str
    answering: str
    followers: tuple[str, ...]
    to_be_tried: tuple[str, ...]
    unavailable: tuple[UnavailableProvider, ...]
    live: int
    total: int
    offline_since: str
    """Since when this worker uses its local circuits; "" while the circuit store answers."""
    durability: Durability
    """What holds this worker's call records."""


def strip(status: Status) -> Strip:
    """The strip of `status`; a provider that is returning comes after those that take all their calls."""
    enabled = [item for item in status.providers if item.standing is not Standing.DISABLED]
    proven = sorted(
        (item for item in enabled if item.standing in PROVEN), key=lambda item: item.standing is Standing.RETURNING
    )
    to_be_tried = tuple(item.name for item in enabled if item.standing is Standing.TO_BE_TRIED)
    names = [*(item.name for item in proven), str(formatting.STATUSES["static"][1])]
    first, *followers = names if proven or not to_be_tried else ["", *names]
    return Strip(
        status=status.status,
        answering=first,
        followers=tuple(followers),
        to_be_tried=to_be_tried,
        unavailable=tuple(
            UnavailableProvider(name=item.name, reason=why(item)) for item in enabled if not item.available
        ),
        live=sum(item.available for item in enabled),
        total=len(enabled),
        offline_since=offline_since(status),
        durability=status.durability,
    )


def offline_since(status: Status) -> str:
    """Since when the circuit store does not answer, for the banner; "" while it does."""
    return formatting.moment(status.offline_since) if status.offline_since else ""


def standing_badge(status: ProviderStatus) -> SafeString:
    """Where the provider stands, as a coloured badge: serving, limited, out, held and so on."""
    if status.standing is Standing.WAITS and status.reason == ErrorClass.RATE_LIMITED:
        return formatting.badge("warning", _("limited"))
    if status.standing is Standing.TO_BE_TRIED and status.state == CircuitState.HALF_OPEN:
        return formatting.badge("info", _("trying again"))
    return formatting.badge_of(formatting.STANDINGS, status.standing)


def explanation(status: ProviderStatus) -> str:
    """The circuit's state with its reason, or the override, and until when: "open: out of credit; next attempt ..."."""
    return "; ".join(part for part in (_state_in_words(status), until(status)) if part)


def _state_in_words(status: ProviderStatus) -> str:
    """The override or the circuit's state, with the reason; "" where the badge says it all."""
    if status.standing in (Standing.DISABLED, Standing.NO_KEY):
        return ""
    label = str(formatting.STATES[status.override.mode if status.override else status.state][1])
    if status.override is None and status.reason:
        return formatting.pair(label, formatting.reason(status.reason))
    return "" if status.available and status.override is None else label


def until(status: ProviderStatus) -> str:
    """When, or after which change, a provider gets calls again; "" for one that gets all its calls."""
    match status.standing:
        case Standing.DISABLED:
            return _("until it is enabled")
        case Standing.NO_KEY:
            return _("store a key or name its environment variable")
        case _ if status.override:
            return _override_author(status.override)
        case Standing.TO_BE_TRIED if status.available:
            return _("no answer on record")
        case Standing.OUT:
            return _("until its settings change, it is reset, or a test succeeds")
        case Standing.WAITS | Standing.TO_BE_TRIED:
            return formatting.next_attempt(status.retry_at)
        case Standing.RETURNING:
            return _("gradually returning to service")
        case _:
            return ""


def _override_author(override: Override) -> str:
    """Author and end of an override: "by ada, until 14:05 UTC"."""
    if override.until is None:
        return _("by %(name)s, until released") % {"name": override.by}
    return _("by %(name)s, until %(time)s") % {"name": override.by, "time": formatting.moment(override.until)}


def why(status: ProviderStatus) -> str:
    """Why a provider gets no calls, and until when: "out of credit; next attempt at 14:05 UTC"."""
    cause = formatting.reason("disabled" if status.standing is Standing.DISABLED else status.reason)
    operator_reason = status.override.reason if status.override and status.standing is not Standing.DISABLED else ""
    return "; ".join(part for part in (cause, until(status), operator_reason) if part)


def error_in_short(error: LastFailure) -> str:
    """The error class as a phrase, with the HTTP status: "out of credit (400)"."""
    code = f" ({error.http_status})" if error.http_status else ""
    return f"{formatting.reason(error.error_class)}{code}"
