"""What calls have cost, by the hour and to the moment. Synchronous ORM.

An attempt's cost counts at the moment at which its call began. All origins count, tests and probes too: the vendor
bills them. Attempts without a known price count nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncHour

from llm.models import Attempt


def spend_by_hour(
    start: datetime, end: datetime, *, providers: Sequence[str] | None = None, route: str | None = None
) -> list[tuple[datetime, Decimal]]:
    """US dollars spent in each hour (UTC) that has a cost, oldest first, of calls with `start` <= begun < `end`."""
    hours = _attempts(start, end, providers, route).annotate(hour=TruncHour("call__started_at", tzinfo=UTC))
    return list(hours.values_list("hour").annotate(usd=Sum("cost_usd")).filter(usd__isnull=False).order_by("hour"))


def spent(
    start: datetime, end: datetime, *, providers: Sequence[str] | None = None, route: str | None = None
) -> Decimal:
    """US dollars that the calls with `start` <= begun < `end` have cost."""
    return _attempts(start, end, providers, route).aggregate(usd=Sum("cost_usd", default=Decimal(0)))["usd"]


def _attempts(start: datetime, end: datetime, providers: Sequence[str] | None, route: str | None) -> QuerySet[Attempt]:
    attempts = Attempt.objects.order_by().filter(call__started_at__gte=start, call__started_at__lt=end)
    if providers is not None:
        attempts = attempts.filter(provider__in=providers)
    if route is not None:
        attempts = attempts.filter(call__route=route)
    return attempts
