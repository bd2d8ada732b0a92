"""The admin's first page: the providers' status now, and the figures of the last 24 hours."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.utils import timezone

from llm.admin import formatting
from llm.admin.health import strip
from llm.core.calls import CallStatus
from llm.models import Call, Provider
from llm.services.rights import Right, may
from llm.services.status import current_status_sync

CACHE_S = 15
CACHE_KEY = "llm.admin.day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The calls of the last 24 hours without tests and probes; `answered` has each provider with its count."""

    calls: int
    answered: tuple[tuple[str, int], ...]
    static: int
    failed: int
    cost: Decimal

    @property
    def cost_text(self) -> str:
        return formatting.money(self.cost)


def last_day() -> Day:
    """The figures of the last 24 hours, cached for 15 s: summing a large log takes a while."""
    day: Day | None = cache.get(CACHE_KEY)
    if day is None:
        day = _sum()
        cache.set(CACHE_KEY, day, CACHE_S)
    return day


def _sum() -> Day:
    since = timezone.now() - timedelta(hours=24)
    rows = list(
        Call.objects.filter(started_at__gte=since)
        .exclude(origin__in=("probe", "test"))
        .order_by()
        .values_list("status", "provider")
        .annotate(calls=Count("pk"), cost=Sum("cost_usd"))
    )
    answered: dict[str, int] = {}
    for status, provider, calls, _ in rows:
        if status == CallStatus.OK:
            answered[provider] = answered.get(provider, 0) + calls
    return Day(
        calls=sum(calls for _, _, calls, _ in rows),
        answered=tuple(sorted(answered.items(), key=lambda item: -item[1])),
        static=sum(calls for status, _, calls, _ in rows if status == CallStatus.STATIC),
        failed=sum(
            calls
            for status, _, calls, _ in rows
            if status in (CallStatus.FAILED, CallStatus.CUT, CallStatus.INTERRUPTED)
        ),
        cost=sum((cost for *_, cost in rows if cost is not None), Decimal(0)),
    )


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The template context of the first page: the parts that the user may see on the other screens too."""
    if may(request.user, Right.VIEW, Provider):
        context["strip"] = strip(current_status_sync())
    if may(request.user, Right.VIEW, Call):
        context["day"] = last_day()
    return context
