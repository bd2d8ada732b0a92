"""The parts of a provider's page around its form: status, last transitions, last attempts."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from llm.admin import formatting, health
from llm.admin.providers.cards import Card, cards
from llm.core.chat.refused import Mend, Refused
from llm.models import Attempt, Call, CircuitEvent, Provider
from llm.services.access.rights import Right, may
from llm.services.catalogue.lists import ModelState, model_states
from llm.services.status import ProviderStatus, current_status_sync

LAST = 20
MOST_MODELS = 100


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
    card: Card
    facts: tuple[Fact, ...]
    vendor_message: str
    refused: Table | None
    events: Table | None
    attempts: Table | None
    models: Table | None
    may_add: bool
    offline_since: str


def provider_page(request: HttpRequest, provider: Provider) -> ProviderPage:
    """The parts of the page; a table is None when the user may not see it, or when there is nothing to show."""
    user = request.user
    current = current_status_sync()
    status = next((item for item in current.providers if item.name == provider.name), None)
    return ProviderPage(
        card=cards([provider], {provider.name: status} if status else {})[0],
        facts=_facts(status) if status else (),
        vendor_message=status.last_error.message if status and status.last_error else "",
        refused=_refused(status.refused) if status and status.refused else None,
        events=_events(provider.name) if may(user, Right.VIEW, CircuitEvent) else None,
        attempts=_attempts(provider.name) if may(user, Right.VIEW, Call) else None,
        models=_models(provider.wallet),
        may_add=may(user, Right.ADD, Provider),
        offline_since=health.offline_since(current),
    )


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
                formatting.verbatim(one.words) or formatting.UNKNOWN,
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
                formatting.verbatim(event.detail) or formatting.UNKNOWN,
                formatting.moment(event.until),
                formatting.author(event.by),
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
                formatting.verbatim(attempt.why) or formatting.UNKNOWN,
                format_html(
                    '<a class="djb-link" href="{}">{}</a>',
                    reverse("admin:llm_call_change", args=[attempt.call_id]),
                    attempt.call.request_id,
                ),
            )
            for attempt in attempts
        ),
    )


def _models(account: str) -> Table | None:
    """What its account may use: the models that serve, then the new ones, then the others by name."""
    states = sorted(model_states(account), key=lambda state: (not state.served_by, not state.is_new, state.model))
    if not states:
        return None
    return Table(
        headers=(_("Model"), _("State"), _("Served by"), _("First seen")),
        rows=tuple(
            (state.model, _model_badge(state), ", ".join(state.served_by), formatting.moment(state.first_seen))
            for state in states[:MOST_MODELS]
        ),
    )


def _model_badge(state: ModelState) -> SafeString:
    if state.is_gone:
        return formatting.badge("danger", _("no longer listed"))
    if state.served_by:
        return formatting.badge("success", _("in use"))
    return formatting.badge("info", _("new")) if state.is_new else formatting.badge("default", _("not in use"))


def error_of(attempt: Attempt) -> str:
    """The error and HTTP status of a failed attempt; "-" for a good one."""
    if not attempt.error_class:
        return formatting.UNKNOWN
    error = formatting.reason(attempt.error_class)
    return f"{error} ({attempt.http_status})" if attempt.http_status else error
