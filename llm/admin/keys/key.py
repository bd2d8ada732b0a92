"""The screen of the consumer keys. A new key is shown once, in the response to its form."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.views import ChangeList

from llm.admin import formatting
from llm.admin.bounds import BoundsAdmin
from llm.admin.budgets.bars import bars_by_target, drawn
from llm.admin.keys.form import LIMITS, MONEY, NewKeyForm
from llm.admin.keys.ready import ready_lines
from llm.admin.keys.spent import spent_by
from llm.admin.keys.usage_links import UsageLinksAdmin
from llm.models import Budget, Consumer, ConsumerKey, Limit
from llm.models.rights import KEY_BOUNDS
from llm.services.access import keys as service
from llm.services.access.keys import MayNotIssue
from llm.services.access.rights import Right, may
from llm.services.analytics.question import Grouping
from llm.stores.config import keys
from llm.stores.config.consumers import consumer_of

DAY, MONTH = timedelta(hours=24), timedelta(days=30)


class KeyChangeList(ChangeList):
    """Reads what the keys have spent, and their budgets, once a page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        spent = spent_by(Grouping.KEY, DAY, lambda key: key[1])
        bars = bars_by_target(Budget.ScopeKind.KEY, (str(row.pk) for row in self.result_list))
        for row in self.result_list:
            row.spent_24h, row.bars = spent.get(str(row.pk)), bars.get(str(row.pk), ())


@admin.register(ConsumerKey)
class ConsumerKeyAdmin(UsageLinksAdmin, BoundsAdmin):
    """Keys are created, rotated and revoked. They are not edited or deleted, because call records refer to them."""

    form = NewKeyForm
    list_display = ("key", "holder", "state", "budget", "day", "last_used_at", "expires_at")
    list_display_links = ("key",)
    list_select_related = ("user", "consumer__team")
    search_fields = ("prefix__startswith", "name", "user__username", "consumer__name")
    autocomplete_fields = ("user", "consumer")
    actions = ("revoke", "rotate")
    change_form_outer_before_template = "admin/llm/consumerkey/before_form.html"

    @admin.display(description=_("key"), ordering="name")
    def key(self, obj: ConsumerKey) -> SafeString:
        return formatting.two_lines(format_html("<b>{}</b>", obj.name or "-"), f"{obj.prefix}…")

    @admin.display(description=_("consumer"), ordering="consumer__name")
    def holder(self, obj: ConsumerKey) -> SafeString:
        return formatting.two_lines(obj.consumer.name, obj.consumer.team.name if obj.consumer.team else "")

    @admin.display(description=_("budget"))
    def budget(self, obj: ConsumerKey) -> SafeString | str:
        return drawn(getattr(obj, "bars", ()))

    @admin.display(description=_("in 24 h"))
    def day(self, obj: ConsumerKey) -> str:
        return str(getattr(obj, "spent_24h", None) or formatting.UNKNOWN)

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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            rotated = ("rotated_at", "previous_prefix", "previous_until") if obj.rotated_at else ()
            used = ("last_used_at", "last_used_from", "last_used_secret") if obj.last_used_at else ()
            made = ("consumer", "user", "name", "prefix", "state", "created_at", "expires_at", "revoked_at")
            return [(None, {"fields": (*made, "bounds", *rotated, *used)})]
        whose = ("consumer", *(("new_consumer",) if may(request.user, Right.ADD, Consumer) else ()), "user")
        money = MONEY if may(request.user, Right.ADD, Budget) else ()
        limits = LIMITS if may(request.user, Right.ADD, Limit) else ()
        sets = [(_("For whom"), {"fields": (*whose, "name", "expires_at")})]
        if money or limits:
            sets.append((_("What it may spend"), {"fields": tuple(part for part in (money, limits) if part)}))
        return [*sets, (_("What it may ask"), {"fields": KEY_BOUNDS})]

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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyChangeList]:
        return KeyChangeList

    def save_model(self, request: HttpRequest, obj: ConsumerKey, form: Any, change: bool) -> None:
        consumer = form.make_consumer() or (obj.consumer if obj.consumer_id else consumer_of(obj.user))
        bounds = {name: getattr(obj, name) for name in KEY_BOUNDS}
        key, text = keys.create(consumer.user, obj.name, obj.expires_at, consumer=consumer, bounds=bounds)
        form.bound(key)
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

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_view)
        acts = [
            path(f"<uuid:pk>/{act}/", view, {"act": act}, name=f"llm_consumerkey_{act}") for act in ("rotate", "revoke")
        ]
        return [*acts, *super().get_urls()]

    @method_decorator(require_POST)
    def act_view(self, request: HttpRequest, pk: Any, act: str) -> HttpResponse:
        """Rotates or revokes one key; back to its page, or to the new secret."""
        if not super().has_change_permission(request):
            raise PermissionDenied
        chosen = ConsumerKey.objects.filter(pk=pk)
        if not chosen.exists():
            raise Http404
        shown = self.rotate(request, chosen) if act == "rotate" else self.revoke(request, chosen)
        return shown or HttpResponseRedirect(reverse("admin:llm_consumerkey_change", args=[pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if isinstance(key, ConsumerKey) and self.has_view_permission(request, key):
            spent = [spent_by(Grouping.KEY, last, lambda group: group[1]).get(object_id) for last in (DAY, MONTH)]
            extra |= {
                "day": spent[0],
                "month": spent[1],
                "bars": bars_by_target(Budget.ScopeKind.KEY, [object_id]).get(object_id, ()),
                "may_act": key.revoked_at is None and super().has_change_permission(request),
            }
        return super().change_view(request, object_id, form_url, extra)

    def _shown_once(self, request: HttpRequest, key: ConsumerKey, text: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy the new key now"),
            "opts": self.opts,
            "key": key,
            "text": text,
            "lines": ready_lines(key, text, request.build_absolute_uri("/").rstrip("/")),
        }
        return TemplateResponse(request, "admin/llm/consumerkey/created.html", context)
