"""The screen of the providers: order, switch, status, and the buttons of each row."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from llm.admin import formatting, health
from llm.admin.base import RightsAdmin
from llm.admin.providers.changelist import ProviderChangeList, status_of
from llm.admin.providers.control import control
from llm.admin.providers.form import ProviderForm
from llm.admin.providers.page import provider_page
from llm.admin.providers.retest_and_reset import reset, retest
from llm.models import Provider
from llm.services.providers import has_key, set_api_key
from llm.services.rights import OPERATE, may

ACTIONS = {"retest": retest, "reset": reset, "control": control}
HISTORY = {"retest": "Re-tested.", "reset": "Failures reset.", "control": "Overridden or released."}
"""The action's entry in the row's history."""


@admin.register(Provider)
class ProviderAdmin(RightsAdmin):
    """Saving a provider writes its own row only. Its circuit is in another table, which the gateway writes."""

    form = ProviderForm
    list_display = ("provider", "state", "success", "last_error", "enabled", "priority", "key", "buttons")
    list_editable = ("enabled", "priority")
    list_display_links = ("provider",)
    # Dragging renumbers the rows shown, so the list has one order and no filter.
    ordering_field = "priority"
    sortable_by = ()
    list_per_page = 200
    list_fullwidth = True
    list_before_template = "admin/llm/provider/before_list.html"
    change_form_outer_before_template = "admin/llm/provider/before_form.html"
    change_form_outer_after_template = "admin/llm/provider/after_form.html"
    actions = ("retest_selected", "reset_selected")
    fieldsets = (
        (None, {"fields": ("name", "kind", "model", "enabled")}),
        (
            _("Address and key"),
            {"fields": ("base_url", "api_key_env", "key_source", "api_key", "remove_key", "account")},
        ),
        (
            _("Order and limits"),
            {"fields": (("priority", "weight"), ("max_tokens", "context_window"), "attempt_timeout_s")},
        ),
        (_("Capabilities"), {"fields": ("supports", "gemini_sdk")}),
    )

    @admin.display(description=_("provider"))
    def provider(self, obj: Provider) -> SafeString:
        return formatting.two_lines(format_html("<b>{}</b>", obj.name), f"{obj.kind} · {obj.model}")

    @admin.display(description=_("state, until"))
    def state(self, obj: Provider) -> SafeString:
        status = status_of(obj)
        if status is None:
            return formatting.badge("default", _("not loaded yet"))
        return formatting.two_lines(health.standing_badge(status), health.explanation(status))

    @admin.display(description=_("success, p50"))
    def success(self, obj: Provider) -> SafeString | str:
        status = status_of(obj)
        if status is None:
            return formatting.UNKNOWN
        return formatting.two_lines(
            formatting.percent(status.success_rate), formatting.milliseconds(status.latency_ms.p50)
        )

    @admin.display(description=_("last error"))
    def last_error(self, obj: Provider) -> str | SafeString:
        status = status_of(obj)
        error = status.last_error if status else None
        if error is None:
            return formatting.UNKNOWN
        summary = format_html('<span title="{}">{}</span>', error.message, health.error_in_short(error))
        return formatting.two_lines(summary, formatting.moment(error.at))

    @admin.display(description=_("key"), boolean=True)
    def key(self, obj: Provider) -> bool:
        return has_key(obj)

    @admin.display(description=_("now"))
    def buttons(self, obj: Provider) -> SafeString:
        return mark_safe(render_to_string("admin/llm/provider/buttons.html", {"provider": obj, "back": "list"}))  # noqa: S308

    @admin.display(description=_("key in use"))
    def key_source(self, obj: Provider) -> str:
        if obj.api_key_encrypted:
            return str(_("stored, encrypted"))
        if obj.api_key_env and has_key(obj):
            return _("from %(variable)s") % {"variable": obj.api_key_env}
        return str(_("none, so it gets no calls"))

    @admin.action(description=_("Re-test now"), permissions=["operate"])
    def retest_selected(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._run(request, "retest", list(queryset))

    @admin.action(description=_("Reset failures"), permissions=["operate"])
    def reset_selected(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._run(request, "reset", list(queryset))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return may(request.user, *OPERATE)

    def _run(self, request: HttpRequest, action: str, providers: list[Provider]) -> None:
        ACTIONS[action](request, [provider.name for provider in providers])
        for provider in providers:
            self.log_change(request, provider, HISTORY[action])

    def get_urls(self) -> list[URLPattern]:
        def url(action: str) -> URLPattern:
            view = self.admin_site.admin_view(self.action_view)
            return path(f"<uuid:pk>/{action}/", view, {"action": action}, name=f"llm_provider_{action}")

        return [*(url(action) for action in ACTIONS), *super().get_urls()]

    @method_decorator(require_POST)
    def action_view(self, request: HttpRequest, pk: Any, action: str) -> HttpResponse:
        """Runs a button of a row or page, on POST only; redirects to the list or page on which it was pressed."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        provider = self.get_queryset(request).filter(pk=pk).first()
        if provider is None:
            raise Http404
        self._run(request, action, [provider])
        if request.POST.get("back") == "page":
            return HttpResponseRedirect(reverse("admin:llm_provider_change", args=[pk]))
        return HttpResponseRedirect(reverse("admin:llm_provider_changelist"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ProviderChangeList]:
        return ProviderChangeList

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        # Django would build a form of all fields for each page of the list; two are used.
        return super().get_changelist_form(request, fields=self.list_editable, **kwargs)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may_operate = self.has_operate_permission(request)
        return tuple(name for name in super().get_list_display(request) if may_operate or name != "buttons")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Circuits, routes and records refer to a provider by its name, so an existing name is read-only.
        return ("key_source", "name") if obj else ("key_source",)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        writable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        hidden = set() if writable else {"api_key", "remove_key"}
        hidden |= set() if obj else {"key_source", "remove_key"}
        return [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name not in hidden)})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        provider = self.get_object(request, object_id)
        extra = {**(extra_context or {}), "show_save_and_add_another": False}
        if isinstance(provider, Provider) and self.has_view_or_change_permission(request, provider):
            extra |= {
                "page": provider_page(request, provider),
                "provider": provider,
                "may_act": self.has_operate_permission(request),
            }
        return super().change_view(request, object_id, form_url, extra)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("api_key"):
            set_api_key(obj, form.cleaned_data["api_key"])
        elif form.cleaned_data.get("remove_key"):
            set_api_key(obj, "")
