"""The screen of the providers: their cards, their order, and the buttons and questions of each."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from llm.admin import formatting
from llm.admin.base import RightsAdmin
from llm.admin.providers.buttons import let_back, release, reset, retest
from llm.admin.providers.changelist import ProviderChangeList
from llm.admin.providers.control import UNTIL_DATE, ControlForm, apply
from llm.admin.providers.form import ProviderForm
from llm.admin.providers.page import provider_page
from llm.admin.whatif.words import sentence
from llm.models import Call, Provider
from llm.services.access.rights import OPERATE, Right, may
from llm.services.control import left_without
from llm.services.providers import has_key, set_api_key
from llm.services.whatif import what_if

ACTIONS = {"retest": retest, "reset": reset, "let-back": let_back, "release": release}
HISTORY = {
    "retest": "Re-tested.",
    "reset": "Failures reset.",
    "let-back": "Tested, to be let back.",
    "release": "Released.",
}
"""The action's entry in the row's history."""


@admin.register(Provider)
class ProviderAdmin(RightsAdmin):
    """Saving a provider writes its own row only. Its circuit is in another table, which the gateway writes."""

    form = ProviderForm
    list_display = ("provider", "enabled", "key", "priority")
    list_editable = ("priority",)
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
            {
                "fields": (
                    *("base_url", "api_key_env", "key_source", "api_key", "remove_key", "untested"),
                    ("account", "project", "upstream"),
                )
            },
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

    @admin.display(description=_("key"), boolean=True)
    def key(self, obj: Provider) -> bool:
        return has_key(obj)

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

        asking = path("<id>/control/", self.admin_site.admin_view(self.control_view), name="llm_provider_control")
        return [*(url(action) for action in ACTIONS), asking, *super().get_urls()]

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

    def control_view(self, request: HttpRequest, id: str) -> HttpResponse:
        """Asks before a provider is taken out: what the last hour's calls would get, who is left, until when, why."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        provider = self.get_object(request, id)
        if not isinstance(provider, Provider):
            raise Http404
        left = left_without(provider.name)
        form = ControlForm(request.POST or None, name=provider.name, left=left)
        if form.is_valid():
            apply(request, form)
            self.log_change(request, provider, "Overridden.")
            return HttpResponseRedirect(reverse("admin:llm_provider_change", args=[provider.pk]))
        last = timedelta(hours=1)
        replayed = what_if(provider.name, last=last) if may(request.user, Right.VIEW, Call) else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take %(name)s out of service?") % {"name": provider.name},
            "opts": self.opts,
            "provider": provider,
            "left": left,
            "form": form,
            "until_date": UNTIL_DATE,
            "sentence": sentence(replayed, formatting.span(last)) if replayed else "",
            "estimated": replayed.estimated if replayed else (),
        }
        return TemplateResponse(request, "admin/llm/provider/control.html", context)

    def get_actions(self, request: HttpRequest) -> Any:
        # Several at once would be deleted without the question for the last one.
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Asks first, and for the name where no other provider would answer."""
        provider = self.get_object(request, unquote(object_id))
        if not isinstance(provider, Provider) or not self.has_delete_permission(request, provider):
            return super().delete_view(request, object_id, extra_context)
        left = left_without(provider.name)
        if request.method == "POST" and left.is_last and request.POST.get("confirm") != provider.name:
            messages.error(request, _("No other provider would answer: type %(name)s.") % {"name": provider.name})
            return HttpResponseRedirect(reverse("admin:llm_provider_delete", args=[provider.pk]))
        return super().delete_view(request, object_id, {**(extra_context or {}), "left": left})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ProviderChangeList]:
        return ProviderChangeList

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        # Django would build a form of all fields for each page of the list; two are used.
        return super().get_changelist_form(request, fields=self.list_editable, **kwargs)

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        formset = super().get_changelist_formset(request, **kwargs)
        for field in formset.form.base_fields.values():  # the heads of the columns are no labels for a reader
            field.widget.attrs["aria-label"] = field.label
        return formset

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Circuits, routes and records refer to a provider by its name, so an existing name is read-only.
        return ("key_source", "name") if obj else ("key_source",)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        writable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        hidden = set() if writable else {"api_key", "remove_key", "untested"}
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
