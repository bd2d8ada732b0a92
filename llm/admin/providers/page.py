"""What a provider's page shows around its form: its health now, its last transitions, its last attempts."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from llm.admin import formatting as words
from llm.admin import health
from llm.admin.providers.control import ControlForm
from llm.models import Attempt, CircuitEvent, Provider
from llm.services.status import ProviderStatus, current_status_sync

LAST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """As unfold's table component reads it."""

    headers: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPage:
    badge: SafeString
    why: str
    facts: tuple[Fact, ...]
    said: str
    events: Table | None
    attempts: Table | None
    control: ControlForm
    alone_since: str


def provider_page(request: HttpRequest, provider: Provider) -> ProviderPage:
    """The page's parts; a table that the user may not see is None."""
    allowed = request.user.has_perm
    whole = current_status_sync()
    status = next((item for item in whole.providers if item.name == provider.name), None)
    return ProviderPage(
        badge=health.state_badge(status) if status else words.badge("default", _("not loaded yet")),
        why=health.why(status) if status else "",
        facts=_facts(status) if status else (),
        said=status.last_error.message if status and status.last_error else "",
        events=_events(provider.name) if allowed("llm.view_circuitevent") else None,
        attempts=_attempts(provider.name) if allowed("llm.view_call") else None,
        control=ControlForm(auto_id="control_%s"),
        alone_since=health.alone_since(whole),
    )


def _facts(status: ProviderStatus) -> tuple[Fact, ...]:
    window, error = status.window, status.last_error
    facts = (
        (_("Success rate"), words.percent(status.success_rate)),
        (
            _("Calls in %(s)s s") % {"s": window.seconds},
            _("%(calls)s, %(failures)s failed") % {"calls": window.calls, "failures": window.failures},
        ),
        (
            _("Latency p50 / p95"),
            f"{words.milliseconds(status.latency_ms.p50)} / {words.milliseconds(status.latency_ms.p95)}",
        ),
        (_("Failures in a row"), status.consecutive_failures),
        (_("State since"), words.moment(status.since)),
        (_("Next try"), words.moment(status.retry_at)),
        (_("Last success"), words.moment(status.last_success_at)),
        (_("Last error"), f"{health.error_in_short(error)}, {words.moment(error.at)}" if error else words.UNKNOWN),
    )
    return tuple(Fact(label=label, value=value) for label, value in facts)


def _events(name: str) -> Table:
    events = CircuitEvent.objects.filter(provider=name).order_by("-at")[:LAST]
    return Table(
        headers=(_("When"), _("Transition"), _("Reason"), _("Detail"), _("Until"), _("By")),
        rows=tuple(
            (
                words.exact(event.at),
                transition(event),
                words.reason(event.reason) or words.UNKNOWN,
                event.detail or words.UNKNOWN,
                words.moment(event.until),
                event.by,
            )
            for event in events
        ),
    )


def transition(event: CircuitEvent) -> SafeString:
    """From state to state, as two badges."""
    return format_html(
        '<span class="djb-row">{} → {}</span>',
        words.badge_of(words.STATES, event.before),
        words.badge_of(words.STATES, event.after),
    )


def _attempts(name: str) -> Table:
    attempts = Attempt.objects.filter(provider=name).select_related("call").order_by("-started_at")[:LAST]
    return Table(
        headers=(_("When"), _("Outcome"), _("Error"), _("Latency"), _("Why tried"), _("Call")),
        rows=tuple(
            (
                words.exact(attempt.started_at),
                words.badge_of(words.OUTCOMES, attempt.outcome),
                error_of(attempt),
                words.milliseconds(attempt.duration_ms),
                attempt.why or words.UNKNOWN,
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
        return words.UNKNOWN
    return f"{attempt.error_class} ({attempt.http_status})" if attempt.http_status else attempt.error_class
