"""The screen of the alerts: what is open, who mutes it, the channels with a test, and all that was sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from llm.admin import formatting
from llm.admin.base import ReadOnlyAdmin
from llm.alerts.channels import channels
from llm.alerts.conf import alert_settings
from llm.alerts.decide import Subject
from llm.alerts.events import Topic
from llm.alerts.ledger import read_ledger
from llm.alerts.mutes import HOURS, mute, mutes, unmute
from llm.alerts.trial import try_channels
from llm.models import Alert, AlertDelivery, AlertMute
from llm.services.access.rights import OPERATE, may

Status = AlertDelivery.Status
DELIVERIES: dict[str, tuple[str, Promise]] = {
    Status.PENDING: ("info", gettext_lazy("to be sent")),
    Status.SENT: ("success", gettext_lazy("sent")),
    Status.GIVEN_UP: ("danger", gettext_lazy("given up")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A trouble that was told and is not over. `alert`: its last notice, None when that is deleted."""

    subject: Subject
    alert: Alert | None
    since: str
    times: int
    mute: AlertMute | None
    muted_until: str


def open_alerts(now: datetime) -> list[Open]:
    """What is open now, by the ledger of notices; newest trouble first."""
    lines = [line for line in read_ledger().ledger.lines if line.active]
    in_force = mutes(now)
    found = []
    for line in sorted(lines, key=lambda line: line.since or now, reverse=True):
        held = in_force.get(line.subject)
        last = Alert.objects.filter(topic=str(line.subject.topic), subject=line.subject.name[:200]).first()
        found.append(
            Open(
                subject=line.subject,
                alert=last,
                since=formatting.moment(line.since),
                times=line.times,
                mute=held,
                muted_until=formatting.moment(held.until) if held else "",
            )
        )
    return found


class AlertChangeList(ChangeList):
    """`open`, `channels` and `fault` stand above the list. `fault`: why the settings of alerts cannot be read."""

    open: list[Open]
    channels: tuple[str, ...]
    fault: str
    hours: tuple[int, ...] = HOURS
    may_act: bool

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.open = open_alerts(datetime.now(UTC))
        self.channels, self.fault = (), ""
        try:
            self.channels = tuple(channel.name for channel in channels(alert_settings()))
        except ImproperlyConfigured as error:
            self.fault = str(error)
        self.may_act = may(request.user, *OPERATE)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Alerts of the last 90 days, with their deliveries."""

    list_display = ("when", "what", "delivered")
    list_display_links = ("what",)
    list_filter = ("muted", "reminder")
    search_fields = ("title", "subject")
    list_before_template = "admin/llm/alert/before_list.html"
    fields = ("when", "title", "summary", "action", "event", "subject", "since_when", "times", "delivered")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("deliveries")

    @admin.display(description=gettext_lazy("when"))
    def when(self, obj: Alert) -> str:
        return formatting.exact(obj.created_at)

    @admin.display(description=gettext_lazy("what"))
    def what(self, obj: Alert) -> SafeString:
        return formatting.two_lines(obj.title, obj.summary)

    @admin.display(description=gettext_lazy("since"))
    def since_when(self, obj: Alert) -> str:
        return formatting.moment(obj.since)

    @admin.display(description=gettext_lazy("delivered"))
    def delivered(self, obj: Alert) -> SafeString:
        """Each channel with its state, and why not."""
        if obj.muted:
            return formatting.badge("default", _("muted"))
        lines = [
            formatting.two_lines(
                mark_safe(f"{formatting.badge_of(DELIVERIES, row.status)} {row.channel}"),  # noqa: S308  our own words
                row.error,
            )
            for row in obj.deliveries.all()
        ]
        return mark_safe("".join(lines)) if lines else formatting.badge("default", _("no channel"))  # noqa: S308

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[AlertChangeList]:
        return AlertChangeList

    def get_urls(self) -> list[URLPattern]:
        views = (("mute", self.mute_view), ("test", self.test_view))
        own = [path(f"{name}/", self.admin_site.admin_view(view), name=f"llm_alert_{name}") for name, view in views]
        return [*own, *super().get_urls()]

    def mute_view(self, request: HttpRequest) -> HttpResponse:
        """Mutes a subject for some hours, or ends its mute with 0 hours; on POST only."""
        self._judge(request)
        topic, hours = request.POST.get("topic"), request.POST.get("hours", "")
        if request.method == "POST" and topic in set(Topic) and hours in {"0", *map(str, HOURS)}:
            subject, by = Subject(topic=Topic(topic), name=request.POST.get("subject", "")), request.user.get_username()
            if hours == "0":
                unmute(subject, by=by)
                messages.success(request, _("Unmuted."))
            else:
                row = mute(subject, int(hours), by=by, now=datetime.now(UTC))
                messages.success(request, _("Muted until %(time)s.") % {"time": formatting.moment(row.until)})
        return HttpResponseRedirect(reverse("admin:llm_alert_changelist"))

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Sends a test alert through each channel and shows what came back; on POST only."""
        self._judge(request)
        if request.method == "POST":
            try:
                tested = try_channels(by=request.user.get_username(), now=datetime.now(UTC))
            except ImproperlyConfigured as error:
                messages.error(request, str(error))
                tested = ()
            for one in tested:
                words = {"name": one.channel, "time": formatting.milliseconds(one.duration_ms), "error": one.error}
                if one.ok:
                    messages.success(request, _("%(name)s: delivered in %(time)s.") % words)
                else:
                    messages.error(request, _("%(name)s: not delivered: %(error)s.") % words)
        return HttpResponseRedirect(reverse("admin:llm_alert_changelist"))

    def _judge(self, request: HttpRequest) -> None:
        if not may(request.user, *OPERATE):
            raise PermissionDenied
