"""Marks of hours whose rows have changed, which their sums therefore lack.

A writer marks in the transaction that writes the rows. The roll-up takes marks away before it reads rows, so that a
mark that it takes stands for rows that it sees.
"""

import os
import uuid
from collections.abc import Collection
from datetime import date, datetime

from django.db import connection

from llm.models import StaleDay, StaleHour

ROLL_UP = "roll-up"
"""Holds an hour's place from the moment its writers' marks are gone until its sums are there."""

# Locks the mark that is there, and leaves it as it is. DO NOTHING would not lock: the roll-up could take the mark away
# and read before this transaction's rows are visible.
MARK = """
    INSERT INTO llm_stalehour (hour, writer) VALUES (%s, %s)
    ON CONFLICT (hour, writer) DO UPDATE SET hour = EXCLUDED.hour WHERE 1 = 0
"""
MARK_DAY = "INSERT INTO llm_staleday (day) VALUES (%s) ON CONFLICT (day) DO UPDATE SET day = EXCLUDED.day WHERE 1 = 0"

_writer = uuid.uuid4().hex
"""This process's own name, so that two writers do not wait for each other."""


def _rename() -> None:
    global _writer
    _writer = uuid.uuid4().hex


os.register_at_fork(after_in_child=_rename)


def mark(hours: Collection[datetime], *, writer: str | None = None) -> None:
    """Marks hours by their beginnings in UTC. Belongs into the transaction that writes their rows."""
    with connection.cursor() as cursor:
        for hour in sorted(hours):  # in one order, so that no two transactions wait for each other
            cursor.execute(MARK, [connection.ops.adapt_datetimefield_value(hour), writer or _writer])


def claim(hour: datetime) -> None:
    """Exchanges all marks of an hour for one of the roll-up's own."""
    mark([hour], writer=ROLL_UP)
    StaleHour.objects.filter(hour=hour).exclude(writer=ROLL_UP).delete()


def remove(hour: datetime, *, writer: str | None = None) -> None:
    """Takes the marks of an hour away: all of them, or one writer's."""
    marks = StaleHour.objects.filter(hour=hour)
    (marks if writer is None else marks.filter(writer=writer)).delete()


def mark_day(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MARK_DAY, [connection.ops.adapt_datefield_value(day)])


def stale_hours(start: datetime | None = None, end: datetime | None = None) -> list[datetime]:
    """The marked hours that begin in a period, oldest first."""
    hours = StaleHour.objects.all()
    if start is not None:
        hours = hours.filter(hour__gte=start)
    if end is not None:
        hours = hours.filter(hour__lt=end)
    return list(hours.order_by("hour").values_list("hour", flat=True).distinct())


def stale_days() -> list[date]:
    return list(StaleDay.objects.order_by("day").values_list("day", flat=True))
