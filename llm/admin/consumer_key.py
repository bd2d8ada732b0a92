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
from llm.admin.bounds import BoundsAdmin
from llm.models import ConsumerKey
from llm.models.rights import KEY_BOUNDS
from llm.services import keys as service
from llm.services.keys import MayNotIssue
from llm.services.rights import may_issue_key
from llm.stores.config import keys
from llm.stores.config.consumers import consumer_of


class NewKeyForm(forms.ModelForm):
    class Meta:
        model = ConsumerKey
        fields = ("user", "consumer", "name", "expires_at", *KEY_BOUNDS)

    maker: Any = None
    """The user at the screen."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "user" not in cleaned or "consumer" not in cleaned:
            return cleaned
        owner, consumer = cleaned["user"], cleaned["consumer"]
        if (owner is None) == (consumer is None):
            self.add_error("user", _("Choose a user or a consumer."))
        elif not may_issue_key(self.maker, owner or consumer.user):
            fault = _("A key has its user's rights: only superusers make keys for other staff.")
            self.add_error("user" if owner else "consumer", fault)
        return cleaned

    def clean_expires_at(self) -> Any:
        at = self.cleaned_data["expires_at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("This time has passed."))
        return at


@admin.register(ConsumerKey)
class ConsumerKeyAdmin(BoundsAdmin):
    """Keys are created and revoked. They are not edited or deleted, because call records refer to them."""

    form = NewKeyForm
    list_display = (
        "prefix",
        "state",
        "consumer",
        "user",
        "name",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("user", "consumer")
    search_fields = ("prefix__startswith", "name", "user__username", "consumer__name")
    autocomplete_fields = ("user", "consumer")
    actions = ("revoke", "rotate")

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
            return ("user", "consumer", "name", "expires_at", *KEY_BOUNDS)
        rotated = ("rotated_at", "previous_prefix", "previous_until") if obj.rotated_at else ()
        used = ("last_used_at", "last_used_from", "last_used_secret") if obj.last_used_at else ()
        made = ("consumer", "user", "name", "prefix", "state", "created_at", "expires_at", "revoked_at")
        return (*made, "bounds", *rotated, *used)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        asking: Any = type(form.__name__, (form,), {"maker": request.user})
        for name in {"user", "consumer"} & set(asking.base_fields):
            asking.base_fields[name].required = False
        return asking

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ConsumerKey, form: Any, change: bool) -> None:
        consumer = obj.consumer if obj.consumer_id else consumer_of(obj.user)
        bounds = {name: getattr(obj, name) for name in KEY_BOUNDS}
        key, text = keys.create(consumer.user, obj.name, obj.expires_at, consumer=consumer, bounds=bounds)
        obj.user, obj.consumer = key.user, key.consumer
        obj.pk, obj.prefix, obj.created_at = key.pk, key.prefix, key.created_at
        obj.shown_once = text  # type: ignore[attr-defined]  # for the response to this request

    def response_add(
        self, request: HttpRequest, obj: ConsumerKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page with the key. A redirect would have to store the key in a session, cookie or address."""
        return self._shown_once(request, obj, obj.shown_once)  # type: ignore[attr-defined]

    @admin.action(description=_("Give a new secret"), permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ConsumerKey]) -> HttpResponse | None:
        """One key at a time: its page shows one secret."""
        chosen = list(queryset.filter(revoked_at=None).select_related("user")[:2])
        if len(chosen) != 1:
            messages.error(request, _("Choose one key that is not revoked."))
            return None
        try:
            key, text = service.rotate(request.user, chosen[0])
        except MayNotIssue:
            fault = _("A key has its user's rights: only superusers make keys for other staff.")
            messages.error(request, fault)
            return None
        self.log_change(request, key, "rotated")
        return self._shown_once(request, key, text)

    def _shown_once(self, request: HttpRequest, key: ConsumerKey, text: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy the new key now"),
            "opts": self.opts,
            "key": key,
            "text": text,
        }
        return TemplateResponse(request, "admin/llm/consumerkey/created.html", context)
