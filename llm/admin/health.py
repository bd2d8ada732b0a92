"""The live health of providers, as their screens and the dashboard show it. Reads one service, changes nothing."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from llm.admin import formatting as words
from llm.core.circuit.override import Override
from llm.core.circuit.state import PROBE_ONLY
from llm.core.failures.policy import ErrorClass
from llm.services.status import LastFailure, ProviderStatus, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """A provider that is not asked now, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The one-line answer to "is it well?": who answers, who is out, how many are live."""

    status: str
    answering: str
    then: tuple[str, ...]
    out: tuple[Out, ...]
    live: int
    total: int
    alone_since: str
    """Since when this worker judges by itself; "" while it shares with the others."""


def strip(status: Status) -> Strip:
    """The strip of `status`; a provider that is well goes before one that is only to be tried."""
    enabled = [item for item in status.providers if item.enabled]
    live = sorted((item for item in enabled if item.available), key=lambda item: item.state != "closed")
    first, *then = [*(item.name for item in live), str(words.STATUSES["static"][1])]
    return Strip(
        status=status.status,
        answering=first,
        then=tuple(then),
        out=tuple(Out(name=item.name, why=why(item)) for item in enabled if not item.available),
        live=len(live),
        total=len(enabled),
        alone_since=alone_since(status),
    )


def alone_since(status: Status) -> str:
    """Since when this worker has judged alone, as the banner says it; "" while it shares with the others."""
    return words.moment(status.offline_since) if status.offline_since else ""


def state_badge(status: ProviderStatus) -> SafeString:
    """The coloured state, with the reason where a circuit is open."""
    state = str(status.override.mode) if status.override and status.enabled else _shown_state(status)
    colour, word = words.STATES.get(state, ("default", state))
    if state == "open" and status.reason:
        return words.badge(colour, f"{word}: {words.reason(status.reason)}")
    return words.badge(colour, word)


def _shown_state(status: ProviderStatus) -> str:
    """The circuit's state, or what keeps a provider with a closed circuit from being asked."""
    if not status.enabled:
        return "disabled"
    if status.reason == "no_key" or (status.state == "closed" and status.reason == ErrorClass.RATE_LIMITED):
        return str(status.reason)
    return status.state


def until(status: ProviderStatus) -> str:
    """When, or after what, a provider is asked again; "" for one that is well."""
    if status.override and status.enabled:
        return _by_hand(status.override)
    match _shown_state(status):
        case "disabled":
            return _("until it is switched on")
        case "no_key":
            return _("store a key or name its variable")
        case "half_open":
            return _("on trial since %(time)s") % {"time": words.moment(status.since)}
        case "open" if status.reason in PROBE_ONLY:
            return _("until it is changed, reset or tested well")
        case "open" | "rate_limited":
            return words.asked_again(status.retry_at)
    return _("returning step by step") if status.detail.startswith("returning") else ""


def _by_hand(override: Override) -> str:
    """Who decided so, and until when: "by ada, until 14:05 UTC"."""
    if override.until is None:
        return _("by %(name)s, until released") % {"name": override.by}
    return _("by %(name)s, until %(time)s") % {"name": override.by, "time": words.moment(override.until)}


def why(status: ProviderStatus) -> str:
    """Why a provider is not asked and until when: "out of credit; asked again at 14:05 UTC"."""
    cause = words.reason(status.reason) if status.enabled else words.reason("disabled")
    said = status.override.reason if status.override and status.enabled else ""
    return "; ".join(part for part in (cause, until(status), said) if part)


def error_in_short(error: LastFailure) -> str:
    """Its class as a phrase, with the HTTP status: "out of credit (400)"."""
    code = f" ({error.http_status})" if error.http_status else ""
    return f"{words.reason(error.error_class)}{code}"
