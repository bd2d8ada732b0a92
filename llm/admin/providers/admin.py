"""The screen of the providers: order, switch, health, and the two buttons that act at once."""

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
from unfold.admin import ModelAdmin

from llm.admin import formatting as words
from llm.admin import health
from llm.admin.providers import actions as provider_now
from llm.admin.providers import control as provider_control
from llm.admin.providers.form import ProviderForm
from llm.admin.providers.list import ProviderList, health_of
from llm.admin.providers.page import provider_page
from llm.models import Provider
from llm.services.providers import has_key, set_api_key

ACTS = {"retest": provider_now.retest, "reset": provider_now.reset, "control": provider_control.control}
HISTORY = {"retest": "Re-tested.", "reset": "Failures reset.", "control": "Operated by hand."}
"""What the row's history says of an act."""


@admin.register(Provider)
class ProviderAdmin(ModelAdmin):
    """Saving a provider writes its own row only: its circuit is another table, which the gateway owns."""

    form = ProviderForm
    list_display = ("provider", "state", "success", "last_error", "enabled", "priority", "key", "buttons")
    list_editable = ("enabled", "priority")
    list_display_links = ("provider",)
    # Dragging numbers the rows as they stand, so the list has one order only and no filter.
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
        (_("Address and key"), {"fields": ("base_url", "api_key_env", "key_source", "api_key", "remove_key")}),
        (
            _("Order and limits"),
            {"fields": (("priority", "weight"), ("max_tokens", "context_window"), "attempt_timeout_s")},
        ),
        (_("What it can do"), {"fields": ("supports", "gemini_sdk")}),
    )

    @admin.display(description=_("provider"))
    def provider(self, obj: Provider) -> SafeString:
        return words.two_lines(format_html("<b>{}</b>", obj.name), f"{obj.kind} · {obj.model}")

    @admin.display(description=_("state, until"))
    def state(self, obj: Provider) -> SafeString:
        status = health_of(obj)
        if status is None:
            return words.badge("default", _("not loaded yet"))
        return words.two_lines(health.state_badge(status), health.until(status))

    @admin.display(description=_("success, p50"))
    def success(self, obj: Provider) -> SafeString | str:
        status = health_of(obj)
        if status is None:
            return words.UNKNOWN
        return words.two_lines(words.percent(status.success_rate), words.milliseconds(status.latency_ms.p50))

    @admin.display(description=_("last error"))
    def last_error(self, obj: Provider) -> str | SafeString:
        status = health_of(obj)
        error = status.last_error if status else None
        if error is None:
            return words.UNKNOWN
        said = format_html('<span title="{}">{}</span>', error.message, health.error_in_short(error))
        return words.two_lines(said, words.moment(error.at))

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
        return str(_("none: it is not asked"))

    @admin.action(description=_("Re-test now"), permissions=["change"])
    def retest_selected(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._act(request, "retest", list(queryset))

    @admin.action(description=_("Reset failures"), permissions=["change"])
    def reset_selected(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._act(request, "reset", list(queryset))

    def _act(self, request: HttpRequest, act: str, providers: list[Provider]) -> None:
        ACTS[act](request, [provider.name for provider in providers])
        for provider in providers:
            self.log_change(request, provider, HISTORY[act])

    def get_urls(self) -> list[URLPattern]:
        def url(act: str) -> URLPattern:
            view = self.admin_site.admin_view(self.act_view)
            return path(f"<uuid:pk>/{act}/", view, {"act": act}, name=f"llm_provider_{act}")

        return [*(url(act) for act in ACTS), *super().get_urls()]

    @method_decorator(require_POST)
    def act_view(self, request: HttpRequest, pk: Any, act: str) -> HttpResponse:
        """A button of a row or of the page: acts on POST only, then shows the result where it was pressed."""
        provider = self.get_queryset(request).filter(pk=pk).first()
        if provider is None:
            raise Http404
        if not self.has_change_permission(request, provider):
            raise PermissionDenied
        self._act(request, act, [provider])
        if request.POST.get("back") == "page":
            return HttpResponseRedirect(reverse("admin:llm_provider_change", args=[pk]))
        return HttpResponseRedirect(reverse("admin:llm_provider_changelist"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ProviderList]:
        return ProviderList

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        # Without this, a form of all fields is built for each page of the list, of which two are used.
        return super().get_changelist_form(request, fields=self.list_editable, **kwargs)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may = self.has_change_permission(request)
        return tuple(name for name in super().get_list_display(request) if may or name != "buttons")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Circuits, routes and records know a provider by its name, so the name stays once it is given.
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
                "may_act": self.has_change_permission(request, provider),
            }
        return super().change_view(request, object_id, form_url, extra)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("api_key"):
            set_api_key(obj, form.cleaned_data["api_key"])
        elif form.cleaned_data.get("remove_key"):
            set_api_key(obj, "")
