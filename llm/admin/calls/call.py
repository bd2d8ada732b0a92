"""The screen of the call log: consumer, attempts and answer of each call. Read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from llm.admin import choices, formatting
from llm.admin.base import ReadOnlyAdmin, choice_filter
from llm.admin.calls.attempt import AttemptInline
from llm.admin.calls.search import find
from llm.core.calls import CallStatus, Outcome, SkipReason
from llm.models import Call
from llm.services.rights import VIEW_CONTENT, may

MARKS = {Outcome.OK: "✓", Outcome.FAILED: "✕", Outcome.CANCELLED: "⊘", Outcome.INTERRUPTED: "⊘"}


def _degraded() -> choices.Choices:
    return [(CallStatus.STATIC, _("yes, static text"))]


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ("when", "request_code", "status_badge", "chain", "route_and_consumer", "elapsed", "spent")
    list_display_links = ("when", "request_code")
    sortable_by = ()
    list_filter = (
        choice_filter("status", _("status"), choices.statuses),
        choice_filter("status", _("degraded"), _degraded, parameter="degraded"),
        choice_filter("provider", _("answered by"), choices.answering_names),
        choice_filter("route", _("route"), choices.route_names),
        choice_filter("origin", _("origin"), choices.origins),
        choice_filter("error_class", _("error class"), choices.error_classes),
    )
    list_fullwidth = True
    date_hierarchy = "started_at"
    search_fields = ("request_id",)
    search_help_text = _("Request id or its beginning, or a vendor's request id")
    inlines = (AttemptInline,)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = changelist.result_list.defer("prompt", "answer").prefetch_related("attempts")
        return changelist

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return find(queryset, search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [
            (None, {"fields": (("request_id", "status_badge"), ("when", "route"), ("consumer", "origin"), "tags")}),
            (_("Answer"), {"fields": ("chain", ("model", "stream"), ("elapsed", "first_token"), ("tokens", "cost"))}),
        ]
        if obj is not None and obj.error_class:
            fieldsets.append((_("Error"), {"fields": ("error_class", "error_message")}))
        if obj is not None and obj.dropped:
            fieldsets.append((_("Dropped parameters"), {"fields": ("dropped_parameters",)}))
        if obj is not None and obj.skips:
            fieldsets.append((_("Skipped"), {"fields": ("skipped",)}))
        if obj is not None and (obj.prompt or obj.answer) and may(request.user, *VIEW_CONTENT):
            fieldsets.append((_("Content"), {"fields": ("prompt", "answer")}))
        return fieldsets

    @admin.display(description=_("started at"))
    def when(self, obj: Call) -> str:
        return formatting.exact(obj.started_at)

    @admin.display(description=_("request id"))
    def request_code(self, obj: Call) -> SafeString:
        return format_html('<code class="djb-id" title="{0}">{0}</code>', obj.request_id)

    @admin.display(description=_("status"))
    def status_badge(self, obj: Call) -> SafeString:
        return formatting.badge_of(formatting.STATUSES, obj.status)

    @admin.display(description=_("attempts"))
    def chain(self, obj: Call) -> SafeString | str:
        """Each attempt with its outcome: claude ✕ → gemini ✓; "static text" at the end when that was the answer."""
        steps = [(a.provider, MARKS.get(Outcome(a.outcome), "")) for a in obj.attempts.all()]
        if obj.status == CallStatus.STATIC:
            steps.append((str(formatting.STATUSES[CallStatus.STATIC][1]), ""))
        chain = format_html_join(" → ", '<span class="djb-stop">{} {}</span>', steps) if steps else formatting.UNKNOWN
        if obj.resumed:
            chain = format_html("{} {}", chain, _("(resumed an interrupted stream)"))
        skipped = ", ".join(
            skip.get("provider", "?") for skip in obj.skips if skip.get("reason") != SkipReason.DISABLED
        )
        return formatting.two_lines(chain, _("skipped: %(names)s") % {"names": skipped} if skipped else "")

    @admin.display(description=_("route, consumer"))
    def route_and_consumer(self, obj: Call) -> SafeString:
        return formatting.two_lines(obj.route, obj.consumer)

    @admin.display(description=_("tokens, cost"))
    def spent(self, obj: Call) -> SafeString:
        return formatting.two_lines(self.tokens(obj), self.cost(obj))

    @admin.display(description=_("elapsed"))
    def elapsed(self, obj: Call) -> str:
        return formatting.milliseconds(obj.elapsed_ms)

    @admin.display(description=_("first token"))
    def first_token(self, obj: Call) -> str:
        return formatting.milliseconds(obj.first_token_ms)

    @admin.display(description=_("tokens"))
    def tokens(self, obj: Call) -> str:
        return formatting.tokens(obj.input_tokens, obj.output_tokens)

    @admin.display(description=_("cost"))
    def cost(self, obj: Call) -> str:
        return formatting.cost(obj.cost_usd, obj.unpriced_attempts)

    @admin.display(description=_("dropped parameters"))
    def dropped_parameters(self, obj: Call) -> str:
        return ", ".join(obj.dropped)

    @admin.display(description=_("skipped"))
    def skipped(self, obj: Call) -> SafeString:
        rows = [
            (
                skip.get("provider", "?"),
                formatting.reason(skip.get("reason", "")),
                skip.get("detail", "") or formatting.UNKNOWN,
                formatting.moment(parse_datetime(skip["until"]) if skip.get("until") else None),
            )
            for skip in obj.skips
        ]
        table = {"headers": (_("provider"), _("reason"), _("detail"), _("until")), "rows": rows}
        return mark_safe(render_to_string("unfold/components/table.html", {"table": table}))  # noqa: S308  escaped there
