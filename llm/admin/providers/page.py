"""The parts of a provider's page around its form: status, last transitions, last attempts, control form."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from llm.admin import formatting, health
from llm.admin.providers.control import ControlForm
from llm.core.chat.refused import Mend, Refused
from llm.models import Attempt, Call, CircuitEvent, Provider
from llm.services.rights import Right, may
from llm.services.status import ProviderStatus, current_status_sync

LAST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The argument of unfold's table component."""

    headers: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPage:
    badge: SafeString
    explanation: str
    facts: tuple[Fact, ...]
    vendor_message: str
    refused: Table | None
    events: Table | None
    attempts: Table | None
    control: ControlForm
    offline_since: str


def provider_page(request: HttpRequest, provider: Provider) -> ProviderPage:
    """The parts of the page; a table is None when the user may not see it, or when there is nothing to show."""
    user = request.user
    current = current_status_sync()
    status = next((item for item in current.providers if item.name == provider.name), None)
    return ProviderPage(
        badge=health.standing_badge(status) if status else formatting.badge("default", _("not loaded yet")),
        explanation=_explanation(status) if status else "",
        facts=_facts(status) if status else (),
        vendor_message=status.last_error.message if status and status.last_error else "",
        refused=_refused(status.refused) if status and status.refused else None,
        events=_events(provider.name) if may(user, Right.VIEW, CircuitEvent) else None,
        attempts=_attempts(provider.name) if may(user, Right.VIEW, Call) else None,
        control=ControlForm(auto_id="control_%s"),
        offline_since=health.offline_since(current),
    )


def _explanation(status: ProviderStatus) -> str:
    operator_reason = status.override.reason if status.override else ""
    return "; ".join(part for part in (health.explanation(status), operator_reason) if part)


def _facts(status: ProviderStatus) -> tuple[Fact, ...]:
    window, error = status.window, status.last_error
    facts = (
        (_("Success rate"), formatting.percent(status.success_rate)),
        (
            _("Calls in %(s)s s") % {"s": window.seconds},
            _("%(calls)s, %(failures)s failed") % {"calls": window.calls, "failures": window.failures},
        ),
        (
            _("Latency p50 / p95"),
            f"{formatting.milliseconds(status.latency_ms.p50)} / {formatting.milliseconds(status.latency_ms.p95)}",
        ),
        (_("Failures in a row"), status.consecutive_failures),
        (_("State since"), formatting.moment(status.since)),
        (_("Next attempt"), formatting.moment(status.retry_at)),
        (_("Last success"), formatting.moment(status.last_success_at)),
        (
            _("Last error"),
            f"{health.error_in_short(error)}, {formatting.moment(error.at)}" if error else formatting.UNKNOWN,
        ),
    )
    return tuple(Fact(label=label, value=value) for label, value in facts)


MENDS = {
    Mend.NONE: gettext_lazy("passed over while others can answer"),
    Mend.DROP: gettext_lazy("left out"),
    Mend.CAP: gettext_lazy("at most %(to)s"),
    Mend.SET: gettext_lazy("set to %(to)s"),
    Mend.IN_WORDS: gettext_lazy("asked for in words"),
}


def _refused(refused: tuple[Refused, ...]) -> Table:
    """What was learned from the vendor's refusals, newest first."""
    return Table(
        headers=(_("Part of the request"), _("What is done"), _("Until"), _("In the vendor's words")),
        rows=tuple(
            (
                one.part
                if one.least is None
                else _("%(part)s from %(least)s on") % {"part": one.part, "least": one.least},
                str(MENDS[one.mend]) % {"to": one.to},
                formatting.moment(one.until),
                one.words or formatting.UNKNOWN,
            )
            for one in reversed(refused)
        ),
    )


def _events(name: str) -> Table:
    events = CircuitEvent.objects.filter(provider=name).order_by("-at")[:LAST]
    return Table(
        headers=(_("When"), _("Transition"), _("Reason"), _("Detail"), _("Until"), _("By")),
        rows=tuple(
            (
                formatting.exact(event.at),
                transition(event),
                formatting.reason(event.reason) or formatting.UNKNOWN,
                event.detail or formatting.UNKNOWN,
                formatting.moment(event.until),
                event.by,
            )
            for event in events
        ),
    )


def transition(event: CircuitEvent) -> SafeString:
    """The states before and after, as two badges."""
    return format_html(
        '<span class="djb-row">{} → {}</span>',
        formatting.badge_of(formatting.STATES, event.before),
        formatting.badge_of(formatting.STATES, event.after),
    )


def _attempts(name: str) -> Table:
    attempts = Attempt.objects.filter(provider=name).select_related("call").order_by("-started_at")[:LAST]
    return Table(
        headers=(_("When"), _("Outcome"), _("Error"), _("Latency"), _("Reason"), _("Call")),
        rows=tuple(
            (
                formatting.exact(attempt.started_at),
                formatting.badge_of(formatting.OUTCOMES, attempt.outcome),
                error_of(attempt),
                formatting.milliseconds(attempt.duration_ms),
                attempt.why or formatting.UNKNOWN,
                format_html(
                    '<a class="djb-link" href="{}">{}</a>',
                    reverse("admin:llm_call_change", args=[attempt.call_id]),
                    attempt.call.request_id,
                ),
            )
            for attempt in attempts
        ),
    )


def error_of(attempt: Attempt) -> str:
    """The class and HTTP status of a failed attempt; "-" for a good one."""
    if not attempt.error_class:
        return formatting.UNKNOWN
    return f"{attempt.error_class} ({attempt.http_status})" if attempt.http_status else attempt.error_class
