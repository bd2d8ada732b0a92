"""The screen of the consumer keys. A new key is shown once, in the response to its form."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.admin.base import RightsAdmin
from llm.models import ConsumerKey
from llm.services.rights import may_issue_key
from llm.stores.config import keys


class NewKeyForm(forms.ModelForm):
    class Meta:
        model = ConsumerKey
        fields = ("user", "name", "expires_at")

    maker: Any = None
    """The user at the screen."""

    def clean_user(self) -> Any:
        owner = self.cleaned_data["user"]
        if not may_issue_key(self.maker, owner):
            raise forms.ValidationError(_("A key has its user's rights: only superusers make keys for other staff."))
        return owner

    def clean_expires_at(self) -> Any:
        at = self.cleaned_data["expires_at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("This time has passed."))
        return at


@admin.register(ConsumerKey)
class ConsumerKeyAdmin(RightsAdmin):
    """Keys are created and revoked. They are not edited or deleted, because call records refer to them."""

    form = NewKeyForm
    list_display = ("prefix", "state", "user", "name", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("prefix__startswith", "name", "user__username")
    autocomplete_fields = ("user",)
    actions = ("revoke",)

    @admin.display(description=_("state"))
    def state(self, obj: ConsumerKey) -> SafeString:
        if obj.revoked_at:
            return formatting.badge("danger", _("revoked"))
        if obj.expires_at and obj.expires_at <= timezone.now():
            return formatting.badge("default", _("expired"))
        return formatting.badge("success", _("valid"))

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ConsumerKey]) -> None:
        for key in queryset.filter(revoked_at=None):
            keys.revoke(key)
            self.log_change(request, key, "revoked")
            messages.success(request, _("Revoked: %(key)s.") % {"key": key})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("user", "name", "expires_at")
        return ("user", "name", "prefix", "state", "created_at", "expires_at", "revoked_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"maker": request.user})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ConsumerKey, form: Any, change: bool) -> None:
        key, text = keys.create(obj.user, obj.name, obj.expires_at)
        obj.pk, obj.prefix, obj.created_at = key.pk, key.prefix, key.created_at
        obj.shown_once = text  # type: ignore[attr-defined]  # for the response to this request

    def response_add(
        self, request: HttpRequest, obj: ConsumerKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page with the key. A redirect would have to store the key in a session, cookie or address."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy the new key now"),
            "opts": self.opts,
            "key": obj,
            "text": obj.shown_once,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/llm/consumerkey/created.html", context)
