"""The screens of teams and consumers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from llm.admin.bounds import OF_HOLDERS, BoundsAdmin
from llm.models import Consumer, Team
from llm.services.rights import may_issue_key


@admin.register(Team)
class TeamAdmin(BoundsAdmin):
    """Teams. Their names stay, because records go by them."""

    list_display = ("name", "note", "bounds", "created_at")
    search_fields = ("name", "note")
    fieldsets = ((None, {"fields": ("name", "note")}), OF_HOLDERS)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("name",)


class ConsumerForm(forms.ModelForm):
    maker: Any = None
    """The user at the screen."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance.pk and not self.instance._state.adding:
            return cleaned
        owner, users = cleaned.get("user"), get_user_model().objects
        if owner is not None and not may_issue_key(self.maker, owner):
            self.add_error("user", _("A key has its user's rights: only superusers make keys for other staff."))
        elif owner is None and users.filter(username=cleaned.get("name")).exists():
            self.add_error("user", _("A user of this name exists: name it here, or choose another name."))
        return cleaned


@admin.register(Consumer)
class ConsumerAdmin(BoundsAdmin):
    """Consumers. A new one without a user gets one of the same name, without a password."""

    form = ConsumerForm
    list_display = ("name", "team", "user", "enabled", "bounds", "note")
    list_select_related = ("team", "user")
    list_filter = ("enabled", "team")
    search_fields = ("name", "note", "user__username")
    autocomplete_fields = ("user", "team")
    fieldsets = ((None, {"fields": ("name", "team", "user", "note", "enabled")}), OF_HOLDERS)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("name", "user")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        asking: Any = type(form.__name__, (form,), {"maker": request.user})
        if "user" in asking.base_fields:
            asking.base_fields["user"].required = False
        return asking

    def save_model(self, request: HttpRequest, obj: Consumer, form: Any, change: bool) -> None:
        if not change and obj.user_id is None:
            obj.user = get_user_model().objects.create_user(obj.name)
        super().save_model(request, obj, form, change)
