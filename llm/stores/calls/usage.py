"""Computes hourly sums of the call log, and prunes old calls.

Each roll-up computes an hour's sums from its calls, so a repetition changes nothing. Stored sums never
shrink: after a pruning the remaining calls of an hour add up to less, and the smaller sums are ignored.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Aggregate, Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from llm.core.calls import CallStatus
from llm.models import Call, HourlyUsage

HOUR = timedelta(hours=1)
LATE = timedelta(hours=48)
"""How far behind the newest sums a roll-up includes late records. Pruning rolls up every hour again."""
GROUP = ("provider", "model", "route", "consumer")
FAILED = (CallStatus.FAILED, CallStatus.CUT, CallStatus.INTERRUPTED)
"""Statuses that count as failed. The caller ends a rejected call by a fault and a cancelled one by choice."""
SUMS: dict[str, Aggregate] = {
    "calls": Count("pk"),
    "attempts": Sum("attempts_made"),
    "answered": Count("pk", filter=Q(status=CallStatus.OK)),
    "static": Count("pk", filter=Q(status=CallStatus.STATIC)),
    "failed": Count("pk", filter=Q(status__in=FAILED)),
    "input_tokens": Sum("input_tokens"),
    "output_tokens": Sum("output_tokens"),
    "cost_usd": Sum("cost_usd", default=Decimal(0)),
}

Group = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """The numbers of hours examined and of groups written."""

    hours: int = 0
    groups: int = 0


def roll_up(until: datetime | None = None) -> RolledUp:
    """Updates the sums of all whole hours before `until` (None: now).

    Covers the hours since the newest sums, and `LATE` before them.
    """
    end = _hour_of(until or timezone.now())
    newest = HourlyUsage.objects.order_by("-hour").values_list("hour", flat=True).first()
    start = newest - LATE if newest else None
    hours = groups = 0
    for hour in _hours(start, end):
        hours += 1
        groups += _roll_up_hour(hour)
    return RolledUp(hours=hours, groups=groups)


def prune(older_than: timedelta, batch: int = 500, progress: Callable[[int], None] | None = None) -> int:
    """Deletes the calls of all whole hours that ended more than `older_than` ago; returns their number.

    Rolls up each hour first. Calls `progress` after each `batch` with the number deleted so far. A
    record that arrives after its hour was pruned enters no sum; the next pruning deletes it.
    """
    deleted = 0
    for hour in _hours(None, _hour_of(timezone.now() - older_than)):
        # The ids are read before the roll-up: a call that arrives in between stays for the next pruning.
        ids = list(_calls_of(hour).order_by().values_list("pk", flat=True))
        _roll_up_hour(hour)
        for part in _parts(ids, batch):
            with transaction.atomic():
                Call.objects.filter(pk__in=part).only("pk").delete()
            deleted += len(part)
            if progress is not None:
                progress(deleted)
    return deleted


def _hours(start: datetime | None, end: datetime) -> Iterator[datetime]:
    """Yields the hours with calls between `start` and `end`, oldest first. Skips empty ones."""
    calls = Call.objects.order_by().filter(started_at__lt=end)
    next_start = start
    while True:
        rest = calls if next_start is None else calls.filter(started_at__gte=next_start)
        first = rest.aggregate(first=Min("started_at"))["first"]
        if first is None:
            return
        hour = _hour_of(first)
        yield hour
        next_start = hour + HOUR


def _roll_up_hour(hour: datetime) -> int:
    with transaction.atomic():
        stored = {_group_of(row): row for row in HourlyUsage.objects.select_for_update().filter(hour=hour)}
        changed = [row for row in _sums(hour) if _has_grown(row, stored.get(_group_of(row)))]
        HourlyUsage.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["hour", *GROUP], update_fields=list(SUMS)
        )
    return len(changed)


def _sums(hour: datetime) -> Iterator[HourlyUsage]:
    # Prefixed: Django forbids an annotation with the name of a field.
    named = {f"sum_of_{name}": expression for name, expression in SUMS.items()}
    groups = _calls_of(hour).order_by().values_list(*GROUP).annotate(**named)
    for values in groups.iterator():
        yield HourlyUsage(hour=hour, **dict(zip((*GROUP, *SUMS), values, strict=True)))


def _has_grown(row: HourlyUsage, stored: HourlyUsage | None) -> bool:
    if stored is None:
        return True
    return row.calls >= stored.calls and any(getattr(row, name) != getattr(stored, name) for name in SUMS)


def _group_of(row: HourlyUsage) -> Group:
    return (row.provider, row.model, row.route, row.consumer)


def _calls_of(hour: datetime) -> QuerySet[Call]:
    return Call.objects.filter(started_at__gte=hour, started_at__lt=hour + HOUR)


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _parts(ids: list[UUID], size: int) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
