"""Sums equal the rows, however and whenever these arrive, and whatever was summed before."""

import threading
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm.models import Call, StaleDay, StaleHour, UsageState, UsageSum
from llm.services.analytics.question import Grouping, Question
from llm.services.analytics.report import report
from llm.stores.calls import rows as call_rows
from llm.stores.calls.usage import prune
from llm.stores.usage import marks, rollup
from llm.stores.usage.rollup import close_hours, delete_calls_before, roll_up
from tests.stores.calls.records import NOON, a_call, a_record
from tests.stores.usage.seeing import a_mixed_call, told, truth

HOUR = timedelta(hours=1)
END = NOON + 80 * HOUR


def of(start, end, **question):
    return report(Question(start=start, end=end, zone=ZoneInfo("UTC"), **question))


def keep(*records) -> None:
    call_rows.insert(records)


def test_only_whole_hours_are_summed(database):
    keep(a_record(call=a_call(started_at=NOON - HOUR)), a_record(call=a_call(started_at=NOON)))
    assert roll_up(NOON + timedelta(minutes=59)).hours == 1
    assert {row.start for row in UsageSum.objects.filter(grain="hour")} == {NOON - HOUR}
    assert of(NOON - HOUR, NOON + HOUR).totals.sums.calls == 2


def test_summing_twice_changes_nothing(database):
    keep(*(a_mixed_call(NOON, number) for number in range(20)))
    assert roll_up(END).hours == 1
    before = list(UsageSum.objects.order_by("pk").values_list("pk"))
    assert roll_up(END).hours == 0
    assert list(UsageSum.objects.order_by("pk").values_list("pk")) == before


def test_a_late_record_counts_at_once_and_once(database):
    keep(a_record(call=a_call(started_at=NOON)))
    roll_up(END)
    keep(a_record(call=a_call(started_at=NOON)))
    assert of(NOON, NOON + 48 * HOUR).totals.sums.calls == 2
    roll_up(END)
    assert of(NOON, NOON + 48 * HOUR).totals.sums.calls == 2
    assert not StaleHour.objects.exists()
    assert not StaleDay.objects.exists()


def test_a_record_that_is_written_twice_counts_once(database):
    record = a_mixed_call(NOON, 4)
    keep(record)
    roll_up(END)
    keep(replace(record, elapsed_s=9))
    roll_up(END)
    assert of(NOON, NOON + HOUR).totals.sums.calls == 1


def test_a_record_counts_that_is_written_while_its_hour_is_summed(database, monkeypatch):
    keep(a_record(call=a_call(started_at=NOON)))
    replace_sums = rollup._replace

    def late(*args):
        replace_sums(*args)
        if database == "postgresql":  # SQLite has one writer at a time
            writer = threading.Thread(target=_write_elsewhere)
            writer.start()
            writer.join()

    def _write_elsewhere():
        keep(a_record(call=a_call(started_at=NOON)))
        connection.close()

    monkeypatch.setattr(rollup, "_replace", late)
    roll_up(END)
    monkeypatch.undo()
    expected = 2 if database == "postgresql" else 1
    assert of(NOON, NOON + HOUR).totals.sums.calls == expected
    roll_up(END)
    assert of(NOON, NOON + HOUR).totals.sums.calls == expected


def test_an_hour_stays_marked_when_the_roll_up_dies_in_the_middle(database, monkeypatch):
    keep(a_record(call=a_call(started_at=NOON)))
    roll_up(END)
    keep(a_record(call=a_call(started_at=NOON)))

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(rollup, "_replace", die)
    with pytest.raises(KeyboardInterrupt):
        roll_up(END)
    monkeypatch.undo()
    assert [mark.writer for mark in StaleHour.objects.all()] == [marks.ROLL_UP]
    assert of(NOON, NOON + HOUR).totals.sums.calls == 2
    roll_up(END)
    assert of(NOON, NOON + HOUR).totals.sums.calls == 2


def test_rows_may_be_dropped_once_their_hours_are_closed(database):
    keep(*(a_mixed_call(NOON + n * HOUR, n) for n in range(6)))
    before = told(of(NOON, END).totals)
    roll_up(END)
    with transaction.atomic():
        close_hours(NOON + 4 * HOUR)
        assert delete_calls_before(NOON + 4 * HOUR) == 4
    assert told(of(NOON, END).totals) == before
    keep(a_record(call=a_call(started_at=NOON)))
    assert of(NOON, END).totals.sums.calls == before["calls"] + 1
    roll_up(END)
    assert of(NOON, END).totals.sums.calls == before["calls"] + 1
    assert Call.objects.count() == 2


def test_days_are_summed_again_when_the_zone_changes(database, settings):
    keep(*(a_mixed_call(NOON + n * HOUR, n) for n in range(60)))
    roll_up(END)
    settings.LLM = {**settings.LLM, "TIME_ZONE": "Africa/Douala"}
    expected = truth(NOON, END)
    assert told(of(NOON, END).totals) == expected
    roll_up(END)
    days = set(UsageSum.objects.filter(grain="day").values_list("start", flat=True))
    assert {day.hour for day in days} == {23}
    assert told(of(NOON, END).totals) == expected


steps = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.integers(0, 75 * 60), st.integers(0, 200)),
        st.tuples(st.just("roll up"), st.integers(0, 80), st.just(0)),
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, edges=st.tuples(st.integers(0, 80 * 60), st.integers(0, 80 * 60)))
def test_a_report_equals_the_rows_however_they_arrive(database, steps, edges):
    for model in (Call, UsageState, UsageSum, StaleHour, StaleDay):
        model.objects.all().delete()
    for what, when, number in steps:
        if what == "keep":
            keep(a_mixed_call(NOON + timedelta(minutes=when), number))
        else:
            roll_up(NOON + when * HOUR)
    first, last = sorted(edges)
    start, end = NOON + timedelta(minutes=first), NOON + timedelta(minutes=last + 1)
    for grouping in (None, Grouping.PROVIDER, Grouping.KEY, Grouping.DAY, Grouping.ERROR_CLASS):
        answer = of(start, end, group_by=() if grouping is None else (grouping,))
        assert told(answer.totals) == truth(start, end)
        assert grouping is None or sum(group.figures.sums.calls for group in answer.groups) == answer.totals.sums.calls


def test_pruned_hours_keep_their_figures(database):
    keep(*(a_mixed_call(NOON + n * HOUR, n) for n in range(30)))
    expected = truth(NOON, END)
    prune(timedelta(0))
    assert not Call.objects.exists()
    assert told(of(NOON, END).totals) == expected
    roll_up()
    assert told(of(NOON, END).totals) == expected
