"""The admin's first page: the providers' status now, and the figures of the last 24 hours."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from llm.admin import formatting
from llm.admin.health import strip
from llm.models import Call, Provider
from llm.services.analytics.question import Grouping, Question
from llm.services.analytics.report import report
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
    """The figures of the last 24 hours, cached for 15 s."""
    day: Day | None = cache.get(CACHE_KEY)
    if day is None:
        day = _sum()
        cache.set(CACHE_KEY, day, CACHE_S)
    return day


def _sum() -> Day:
    now = timezone.now()
    question = Question(start=now - timedelta(hours=24), end=now, zone=ZoneInfo("UTC"), group_by=(Grouping.PROVIDER,))
    day = report(question)
    answered = {group.key[0]: group.figures.successes for group in day.groups if group.figures.successes}
    sums = day.totals.sums
    return Day(
        calls=sums.calls,
        answered=tuple(sorted(answered.items(), key=lambda item: -item[1])),
        static=sums.static,
        failed=sums.calls - sums.answered - sums.static - sums.rejected - sums.cancelled,
        cost=day.totals.cost_usd,
    )


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The template context of the first page: the parts that the user may see on the other screens too."""
    if may(request.user, Right.VIEW, Provider):
        context["strip"] = strip(current_status_sync())
    if may(request.user, Right.VIEW, Call):
        context["day"] = last_day()
    return context
