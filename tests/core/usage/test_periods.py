"""A period's parts cover it once: whole days and hours by their sums, the rest by rows."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.usage.periods import Known, Parts, day_span, split, whole_hours

MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
KNOWN = Known(first_hour=MIDNIGHT - 10 * DAY, rolled_until=MIDNIGHT + 12 * HOUR, zone=UTC_ZONE)


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def test_before_the_first_roll_up_rows_tell_everything():
    assert split(at(0), at(5), Known()) == Parts(rows=((at(0), at(5)),))


def test_whole_hours_come_from_sums_and_the_edges_from_rows():
    parts = split(at(0.5), at(3.25), KNOWN)
    assert parts == Parts(hours=((at(1), at(3)),), rows=((at(0.5), at(1)), (at(3), at(3.25))))


def test_whole_days_come_from_the_sums_of_days():
    parts = split(at(-50), at(3), KNOWN)
    assert parts == Parts(days=((at(-48), at(0)),), hours=((at(-50), at(-48)), (at(0), at(3))))


def test_the_running_hour_comes_from_rows():
    assert split(at(10), at(20), KNOWN) == Parts(hours=((at(10), at(12)),), rows=((at(12), at(20)),))


def test_a_marked_hour_comes_from_rows_and_its_day_is_not_used():
    known = Known(first_hour=at(-240), rolled_until=at(12), zone=UTC_ZONE, stale=frozenset({at(-20)}))
    parts = split(at(-48), at(0), known)
    assert parts == Parts(
        days=((at(-48), at(-24)),), hours=((at(-24), at(-20)), (at(-19), at(0))), rows=((at(-20), at(-19)),)
    )


def test_a_marked_closed_hour_comes_from_its_sums_and_its_late_rows():
    known = Known(first_hour=at(-240), rolled_until=at(12), closed_until=at(0), stale=frozenset({at(-5)}))
    assert split(at(-6), at(-4), known) == Parts(hours=((at(-6), at(-4)),), rows=((at(-5), at(-4)),))


def test_a_day_that_lacks_a_change_is_told_by_its_hours():
    known = Known(first_hour=at(-240), rolled_until=at(12), zone=UTC_ZONE, stale_days=frozenset({date(2026, 3, 3)}))
    assert split(at(-48), at(0), known) == Parts(days=((at(-48), at(-24)),), hours=((at(-24), at(0)),))


def test_a_closed_hour_belongs_to_the_period_in_which_it_begins():
    known = Known(first_hour=at(-240), rolled_until=at(12), closed_until=at(10))
    assert split(at(1.5), at(3.5), known).hours == ((at(2), at(4)),)
    assert split(at(3.5), at(5), known).hours == ((at(4), at(5)),)


@given(
    edges=st.tuples(st.integers(-15_000, 2_000), st.integers(1, 16_000)),
    stale=st.frozensets(st.integers(-239, 11), max_size=4),
    by_hour=st.booleans(),
    zone=st.sampled_from(["UTC", "Africa/Douala", "America/New_York"]),
)
def test_the_parts_cover_the_period_once(edges, stale, by_hour, zone):
    start = MIDNIGHT + timedelta(minutes=edges[0])
    end = start + timedelta(minutes=edges[1])
    known = Known(first_hour=at(-240), rolled_until=at(12), stale=frozenset(map(at, stale)), zone=ZoneInfo(zone))
    parts = split(start, end, known, by_hour=by_hour)
    spans = sorted((*parts.days, *parts.hours, *parts.rows))
    assert spans[0][0] == start
    assert spans[-1][1] == end
    assert all(before[1] == after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)])
def test_a_day_in_a_zone_that_changes_its_clocks_has_23_to_25_hours(day, hours):
    start, end = day_span(day, ZoneInfo("America/New_York"))
    assert end - start == hours * HOUR


def test_zones_beside_the_hours_of_utc_are_known():
    assert whole_hours(ZoneInfo("Africa/Douala"), at(0), at(1))
    assert not whole_hours(ZoneInfo("Asia/Kolkata"), at(0), at(1))
