"""Makes the sums of hours from their rows, and of days from their hours.

An hour's sums are a function of its rows and replace what was there, whole, so a repetition changes nothing. Once its
rows are deleted an hour is closed: a record that arrives later is added to its sums and deleted, in one transaction.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from llm.core.usage.dimensions import Cube
from llm.core.usage.periods import HOUR, day_of, day_span, hour_of
from llm.core.usage.sums import Sums
from llm.models import Attempt, Call, StaleDay, UsageState, UsageSum
from llm.stores.usage import kept, marks, state
from llm.stores.usage.cubes import PART, Combination, add, cubes_of_calls, cubes_of_spans


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """The numbers of hours and days that were summed."""

    hours: int = 0
    days: int = 0


def roll_up(until: datetime | None = None, progress: Callable[[datetime], None] | None = None) -> RolledUp:
    """Sums all whole hours before `until` (None: now) whose rows changed, and the days that are over.

    Calls `progress` with each hour that is done.
    """
    end = hour_of(until or timezone.now())
    _set_zone()
    hours = days = 0
    for hour in _changed_hours(end):
        if hour.hour == 0:
            days += _roll_up_days()  # as it goes: the first roll-up of a large log takes a while
        _roll_up_hour(hour)
        hours += 1
        if progress is not None:
            progress(hour)
    _advance(end)
    return RolledUp(hours=hours, days=days + _roll_up_days())


def close_hours(until: datetime) -> int:
    """Sums the hours before `until` for the last time, before their rows are deleted; returns how many had changed.

    Belongs into the transaction that deletes the rows, after it has locked their tables against writers. Call `roll_up`
    before, outside of it, so that little is left to do under the lock. Every call that began before `until` must be
    deleted then (`delete_calls_before` deletes what a dropped partition did not have), and none that began later.
    """
    with transaction.atomic():
        own = state.locked()
        hours = list(_changed_hours(hour_of(until)))
        for hour in hours:
            marks.remove(hour)
            _replace(own, hour)
        own.rolled_until = max(filter(None, (own.rolled_until, until)))
        own.closed_until = max(filter(None, (own.closed_until, until)))
        own.save()
    return len(hours)


def delete_calls_before(until: datetime) -> int:
    """Deletes the calls that began before `until`, with their attempts; returns how many."""
    return _delete(list(Call.objects.order_by().filter(started_at__lt=until).values_list("pk", flat=True)))


def prune_hour(hour: datetime) -> int:
    """Sums and closes an hour and deletes its calls, in one transaction; returns how many. Oldest hours first.

    A call that arrives in between keeps its mark and its row, and is added by the next roll-up.
    """
    with transaction.atomic():
        own = state.locked()
        ids = _ids(hour)  # before the marks are read: a row that is seen has its mark seen too
        is_closed = own.closed_until is not None and hour < own.closed_until
        if is_closed or own.rolled_until is None or own.rolled_until <= hour or marks.stale_hours(hour, hour + HOUR):
            marks.remove(hour)
            ids = _ids(hour)
            sums = cubes_of_calls(ids)
            _keep(own, hour, _with_kept(hour, sums) if is_closed else sums)
        own.rolled_until = max(filter(None, (own.rolled_until, hour + HOUR)))
        own.closed_until = max(filter(None, (own.closed_until, hour + HOUR)))
        own.save()
        return _delete(ids)


def hours_with_calls(start: datetime | None, end: datetime) -> Iterator[datetime]:
    """The hours with calls from `start` (None: the first) to before `end`, oldest first. Skips empty ones."""
    calls = Call.objects.order_by().filter(started_at__lt=end)
    while True:
        rest = calls if start is None else calls.filter(started_at__gte=start)
        first = rest.aggregate(first=Min("started_at"))["first"]
        if first is None:
            return
        hour = hour_of(first)
        yield hour
        start = hour + HOUR


def _changed_hours(end: datetime) -> Iterator[datetime]:
    """The marked hours that sums reach, then those beyond."""
    rolled = UsageState.objects.filter(pk=1).values_list("rolled_until", flat=True).first()
    if rolled is not None:
        yield from marks.stale_hours(None, min(rolled, end))
    yield from hours_with_calls(rolled, end)


def _roll_up_hour(hour: datetime) -> None:
    with transaction.atomic():
        marks.claim(hour)
    # A new transaction, so that no writer waits for the sums. The roll-up's own mark tells readers to read the rows.
    with transaction.atomic():
        own = state.locked()
        if own.closed_until is not None and hour < own.closed_until:
            ids = _ids(hour)
            _keep(own, hour, _with_kept(hour, cubes_of_calls(ids)))
            _delete(ids)
        else:
            _replace(own, hour)
        marks.remove(hour, writer=marks.ROLL_UP)
        if own.rolled_until is None or own.rolled_until <= hour:
            own.rolled_until = hour + HOUR
        own.save()


def _advance(end: datetime) -> None:
    """Says that the sums reach to `end`."""
    with transaction.atomic():
        own = state.locked()
        own.rolled_until = max(filter(None, (own.rolled_until, end)))
        own.first_hour = own.first_hour or end
        own.save()


def _set_zone() -> None:
    """Has all days summed again when they are those of another zone."""
    with transaction.atomic():
        own, zone = state.locked(), state.own_zone()
        if own.zone == zone.key:
            return
        own.zone = zone.key
        own.save()
        UsageSum.objects.filter(cube__in=list(Cube), grain=kept.DAY).delete()
        StaleDay.objects.all().delete()
        hours = UsageSum.objects.filter(cube=Cube.OUTCOME, grain=kept.HOUR).order_by().values_list("start")
        for day in sorted({day_of(hour, zone) for (hour,) in hours.distinct().iterator()}):
            marks.mark_day(day)


def _roll_up_days() -> int:
    zone, days = state.own_zone(), 0
    for day in marks.stale_days():
        start, end = day_span(day, zone)
        with transaction.atomic():
            own = state.locked()
            if own.rolled_until is None or end > own.rolled_until:
                break
            StaleDay.objects.filter(day=day).delete()
            sums: dict[Combination, Sums] = {}
            for combination, of_hour in kept.read(kept.HOUR, start, end):
                add(sums, combination, of_hour)
            kept.replace(kept.DAY, start, sums)
        days += 1
    return days


def _replace(own: UsageState, hour: datetime) -> None:
    if own.closed_until is not None and hour < own.closed_until:
        _keep(own, hour, _with_kept(hour, cubes_of_calls(_ids(hour))))
    else:
        _keep(own, hour, cubes_of_spans([(hour, hour + HOUR)]))


def _keep(own: UsageState, hour: datetime, sums: dict[Combination, Sums]) -> None:
    kept.replace(kept.HOUR, hour, sums)
    marks.mark_day(day_of(hour, state.own_zone()))
    own.first_hour = min(filter(None, (own.first_hour, hour)))


def _with_kept(hour: datetime, sums: dict[Combination, Sums]) -> dict[Combination, Sums]:
    for combination, of_hour in kept.read(kept.HOUR, hour, hour + HOUR):
        add(sums, combination, of_hour)
    return sums


def _ids(hour: datetime) -> list[UUID]:
    calls = Call.objects.order_by().filter(started_at__gte=hour, started_at__lt=hour + HOUR)
    return list(calls.values_list("pk", flat=True))


def _delete(ids: list[UUID]) -> int:
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        Attempt.objects.filter(call_id__in=part)._raw_delete("default")
        Call.objects.filter(pk__in=part)._raw_delete("default")
    return len(ids)
