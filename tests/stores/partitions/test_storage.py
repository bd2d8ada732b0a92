"""Rows lie in their weeks, weeks are made ahead and dropped whole, and no sum changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from llm.core.usage.dimensions import Dimension
from llm.core.usage.sums import Sums
from llm.models import Attempt, Call
from llm.stores.calls import rows as call_rows
from llm.stores.calls.usage import prune
from llm.stores.partitions.ahead import AHEAD, make_ahead, make_weeks
from llm.stores.partitions.catalog import TABLES, ranges
from llm.stores.partitions.weeks import week_of
from llm.stores.usage.read import sums_of_period
from llm.stores.usage.rows import Asked
from tests.stores.calls.records import a_call, a_record, an_attempt

pytestmark = pytest.mark.usefixtures("postgresql")


def keep(*moments: datetime, prompt: str = "") -> None:
    call_rows.insert([a_record(call=a_call(started_at=at), prompt=prompt) for at in moments])


def rows_in(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  no caller's words
        return int(cursor.fetchone()[0])


def sums(now: datetime) -> Sums:
    """Of the last 60 days, from sums and rows."""
    asked = Asked(by=(Dimension.ROUTE,), filters={}, tests=True, zone=ZoneInfo("UTC"))
    return sums_of_period(now - timedelta(days=60), now, asked)[("default",)]


def names(table: str) -> set[str]:
    return {part.name for part in ranges(table)}


def test_a_call_and_its_attempts_lie_in_the_week_of_the_call() -> None:
    now = timezone.now()
    keep(now, now + timedelta(days=7))
    for week in (week_of(now), week_of(now + timedelta(days=7))):
        assert [rows_in(f"{table}_{week.name}") for table in TABLES] == [1, 1]


def test_a_session_in_another_zone_moves_no_border() -> None:
    before = {table: ranges(table) for table in TABLES}
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Pacific/Kiritimati'")
    assert make_ahead() == 0
    assert make_weeks(datetime(2027, 6, 1, tzinfo=UTC), 1) == 2
    new = [part for part in ranges("llm_call") if part not in before["llm_call"]]
    assert [part.end for part in new] == [datetime(2027, 6, 7, tzinfo=UTC)]


def test_weeks_are_made_ahead_once() -> None:
    later = timezone.now() + timedelta(days=7 * AHEAD)
    assert make_ahead(later) == 2 * AHEAD
    assert make_ahead(later) == 0


def test_rows_of_a_week_without_a_partition_move_into_the_one_it_gets() -> None:
    past = timezone.now() - timedelta(days=30)
    keep(past, past, past - timedelta(days=60))
    assert rows_in("llm_call_default") == 3
    assert make_weeks(past, 1) == 2
    assert rows_in("llm_call_default") == 1
    assert [rows_in(f"{table}_{week_of(past).name}") for table in TABLES] == [2, 2]
    assert (Call.objects.count(), Attempt.objects.count()) == (3, 3)


def test_retention_drops_whole_weeks_and_keeps_the_sums() -> None:
    now = timezone.now()
    old = now - timedelta(days=40)
    make_weeks(old, 10)
    keep(*(old + timedelta(minutes=n) for n in range(5)), now - timedelta(days=1))
    late_by_its_clock = a_call(started_at=week_of(old).end - timedelta(milliseconds=1))
    call_rows.insert([a_record(call=late_by_its_clock)])
    Call.objects.filter(pk=late_by_its_clock.id).update(started_at=week_of(old).end)
    before = sums(now)
    assert prune(timedelta(days=30), exact=False) >= 5
    assert f"llm_call_{week_of(old).name}" not in names("llm_call")
    assert f"llm_attempt_{week_of(old).name}" not in names("llm_attempt")
    assert sums(now) == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname ~ '_dropped$'")
        assert cursor.fetchone() == (0,)


def test_the_week_that_is_partly_old_loses_prompts_and_keeps_its_rows_until_it_is_over() -> None:
    now = timezone.now()
    cutoff = now - timedelta(days=30)
    make_weeks(cutoff, 1)
    week = week_of(cutoff)
    keep(week.start + timedelta(minutes=1), week.end - timedelta(minutes=1), prompt="secret")
    age = now - (week.start + timedelta(days=3))
    assert prune(age, exact=False) == 0
    assert list(Call.objects.order_by("started_at").values_list("prompt", flat=True)) == ["", "secret"]
    assert prune(age, exact=True) == 1


def test_late_rows_of_a_dropped_week_are_deleted_by_the_next_run() -> None:
    keep(timezone.now() - timedelta(days=50))
    assert prune(timedelta(days=30), exact=False) == 1
    assert (Call.objects.count(), Attempt.objects.count()) == (0, 0)


@pytest.mark.parametrize("model", [Call, Attempt])
def test_a_question_about_a_period_reads_its_weeks_only(model: type[Call] | type[Attempt]) -> None:
    now = timezone.now()
    make_weeks(now - timedelta(days=70), 10)
    plan = model.objects.begun(now - timedelta(days=1), now).order_by().explain()
    read = {name for name in names(model._meta.db_table) if name in plan}
    assert 1 <= len(read) <= 3
    assert f"{model._meta.db_table}_{week_of(now).name}" in read


def test_deleting_a_call_removes_its_attempts() -> None:
    call_rows.insert([a_record(attempts=(an_attempt(), an_attempt(seq=2)))])
    Call.objects.all().delete()
    assert Attempt.objects.count() == 0
