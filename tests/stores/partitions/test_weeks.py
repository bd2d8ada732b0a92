"""Weeks are ranges of ids, whatever the zone of a session or a moment."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from llm.ids import attempt_id, largest, moment, smallest, uuid7
from llm.stores.partitions.weeks import week_of, weeks_from

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


@given(at=moments)
def test_an_id_lies_in_the_week_of_its_moment(at: datetime) -> None:
    week = week_of(at)
    assert week.start <= at < week.end
    assert week.first_id <= smallest(at) <= uuid7(at) <= largest(at) < week.end_id


@given(at=moments, seq=st.integers(1, 32_767))
def test_an_attempt_lies_in_its_calls_week_and_is_told_apart_by_its_seq(at: datetime, seq: int) -> None:
    call_id = uuid7(at)
    own_id = attempt_id(call_id, seq)
    assert own_id not in (call_id, attempt_id(call_id, seq + 1))
    assert moment(own_id) == moment(call_id)


def test_a_week_begins_on_monday_in_utc_whatever_the_zone() -> None:
    sunday_evening_in_hawaii = datetime(2026, 11, 29, 20, 0, tzinfo=timezone(timedelta(hours=-10)))
    assert week_of(sunday_evening_in_hawaii).name == "2026w49"
    assert week_of(datetime(2026, 11, 29, 23, 59, tzinfo=UTC)).name == "2026w48"


def test_weeks_follow_each_other_without_a_gap() -> None:
    weeks = list(weeks_from(datetime(2026, 12, 20, tzinfo=UTC), 4))
    assert [week.name for week in weeks] == ["2026w51", "2026w52", "2026w53", "2027w01"]
    assert all(before.end_id == after.first_id for before, after in pairwise(weeks))


def test_the_smallest_id_of_a_moment_before_1970_is_zero() -> None:
    assert smallest(datetime(1960, 1, 1, tzinfo=UTC)) == uuid.UUID(int=0)
