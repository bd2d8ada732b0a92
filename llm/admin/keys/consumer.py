"""The screens of teams and consumers."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from llm.admin import formatting
from llm.admin.bounds import OF_HOLDERS, BoundsAdmin
from llm.admin.budgets.bars import bars_by_target, drawn
from llm.admin.keys.spent import spent_by
from llm.admin.keys.usage_links import UsageLinksAdmin
from llm.models import Budget, Consumer, Team
from llm.services.access.rights import may_issue_key
from llm.services.analytics.question import Grouping


class HolderChangeList(ChangeList):
    """Reads what the holders have spent, and their budgets, once a page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        is_team = self.model is Team
        grouping = Grouping.TEAM if is_team else Grouping.KEY
        spent = spent_by(grouping, timedelta(days=30), lambda key: key[0])
        scope = Budget.ScopeKind.TEAM if is_team else Budget.ScopeKind.CONSUMER
        bars = bars_by_target(scope, (row.name for row in self.result_list))
        for row in self.result_list:
            row.spent_30d, row.bars = spent.get(row.name), bars.get(row.name, ())


class HolderAdmin(UsageLinksAdmin, BoundsAdmin):
    """Teams and consumers: rows that spend."""

    @admin.display(description=_("in 30 days"))
    def spent(self, obj: Any) -> str:
        return str(getattr(obj, "spent_30d", None) or formatting.UNKNOWN)

    @admin.display(description=_("budget"))
    def budget(self, obj: Any) -> SafeString | str:
        return drawn(getattr(obj, "bars", ()))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[HolderChangeList]:
        return HolderChangeList


@admin.register(Team)
class TeamAdmin(HolderAdmin):
    """Teams. Their names stay, because records go by them."""

    list_display = ("name", "note", "spent", "budget", "bounds")
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
class ConsumerAdmin(HolderAdmin):
    """Consumers. A new one without a user gets one of the same name, without a password."""

    form = ConsumerForm
    list_display = ("name", "team", "spent", "budget", "enabled", "bounds", "note")
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
