"""The admin's first page: who answers now, the last 24 hours, the month's money, what changed, what is wrong.

Each part is shown to those who may see its screen. The first half refreshes itself; the second half, which reads
attempts and events, is asked for by the page once it stands.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from llm.admin.console.overview.alerts import open_alerts
from llm.admin.console.overview.cards import cards
from llm.admin.console.overview.changes import last_changes
from llm.admin.console.overview.hours import hours_chart
from llm.admin.console.overview.now import now_strip
from llm.admin.console.overview.tracker import trackers
from llm.models import Call, CircuitEvent, Provider, Wallet
from llm.services.access.rights import OPERATE, Right, may
from llm.services.analytics.day import last_day
from llm.services.status import Status, current_status_sync

REFRESH_S = 10


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The template context of the first page, for unfold's DASHBOARD_CALLBACK."""
    return {**context, **_upper_half(request)}


@require_safe
def upper(request: HttpRequest) -> HttpResponse:
    """The half that refreshes itself."""
    return render(request, "admin/llm/console/overview/upper.html", _upper_half(request))


@require_safe
def lower(request: HttpRequest) -> HttpResponse:
    """The half that follows the page."""
    user = request.user
    parts: dict[str, Any] = {}
    if may(user, Right.VIEW, Call):
        parts["trackers"] = trackers(_status())
    if may(user, Right.VIEW, CircuitEvent):
        parts["changes"] = last_changes()
    return render(request, "admin/llm/console/overview/lower.html", parts)


def _upper_half(request: HttpRequest) -> dict[str, Any]:
    user, status = request.user, _status()
    parts: dict[str, Any] = {"refresh_s": REFRESH_S}
    if may(user, Right.VIEW, Provider):
        parts["strip"] = now_strip(status, may_operate=may(user, *OPERATE))
    if may(user, Right.VIEW, Call):
        day = last_day()
        parts["cards"] = cards(day, status if may(user, Right.VIEW, Wallet) else None)
        parts["chart"] = hours_chart(day, [provider.name for provider in status.providers])
    if may(user, Right.VIEW, Provider):
        parts["alerts"] = open_alerts()
    return parts


def _status() -> Status:
    return current_status_sync()


upper_view = admin.site.admin_view(upper)
lower_view = admin.site.admin_view(lower)
