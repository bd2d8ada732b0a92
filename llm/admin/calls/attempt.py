"""The attempts of a call, in order, on the call's page. Read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from llm.admin import formatting
from llm.admin.providers.page import error_of
from llm.models import Attempt, Call
from llm.services.rights import Right, may


class AttemptInline(TabularInline):
    """Shown to users with the permission to view calls."""

    model = Attempt
    fields = ("provider_and_model", "outcome_badge", "error", "reason", "latency", "spent", "vendor_id")
    readonly_fields = fields
    ordering = ("seq",)
    extra = 0
    max_num = 0
    can_delete = False
    verbose_name_plural = _("Attempts, in order")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, Right.VIEW, Call)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("provider"))
    def provider_and_model(self, obj: Attempt) -> SafeString:
        answered = obj.answered_model if obj.answered_model not in ("", obj.model) else ""
        model = f"{obj.model} → {answered}" if answered else obj.model
        served = " ".join(filter(None, (model, obj.tier, obj.region)))
        return formatting.two_lines(format_html("{}. <b>{}</b>", obj.seq, obj.provider), served)

    @admin.display(description=_("outcome"))
    def outcome_badge(self, obj: Attempt) -> SafeString:
        return formatting.badge_of(formatting.OUTCOMES, obj.outcome)

    @admin.display(description=_("error"))
    def error(self, obj: Attempt) -> SafeString | str:
        if not obj.error_class:
            return formatting.UNKNOWN
        return formatting.two_lines(error_of(obj), obj.message)

    @admin.display(description=_("reason"))
    def reason(self, obj: Attempt) -> str:
        return obj.why or formatting.UNKNOWN

    @admin.display(description=_("latency"))
    def latency(self, obj: Attempt) -> SafeString | str:
        duration = formatting.milliseconds(obj.duration_ms)
        if obj.first_token_ms is None:
            return duration
        first_token = _("first token %(time)s") % {"time": formatting.milliseconds(obj.first_token_ms)}
        return formatting.two_lines(duration, first_token)

    @admin.display(description=_("tokens, cost"))
    def spent(self, obj: Attempt) -> SafeString:
        tokens = formatting.tokens(obj.input_tokens, obj.output_tokens)
        cost = format_html('<span title="{}">{}</span>', _details(obj), formatting.cost(obj.cost_usd, obj.unpriced))
        return formatting.two_lines(f"≈ {tokens}" if obj.estimated else tokens, cost)

    @admin.display(description=_("vendor request id"))
    def vendor_id(self, obj: Attempt) -> SafeString | str:
        return (
            format_html('<code class="djb-id">{}</code>', obj.vendor_request_id)
            if obj.vendor_request_id
            else formatting.UNKNOWN
        )


def _details(attempt: Attempt) -> str:
    """The exact cost, its parts and the list of its prices."""
    if not attempt.cost_parts:
        return ""
    parts = ", ".join(f"{name} ${usd}" for name, usd in attempt.cost_parts.items())
    return f"${attempt.cost_usd} = {parts} ({attempt.price_version})"
