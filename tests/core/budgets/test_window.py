"""Windows: ten thousand clocks around midnight, the month's end and both changes of clock, in three zones."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.budgets.window import ROLLING_SLOTS, Span, Window, period_at, slot_width_s

ZONES = ("Africa/Douala", "Europe/Paris", "America/Santiago")
"""Without changes of clock, with changes in the night, and with changes that skip and repeat midnight itself."""
CHANGES = {
    "Africa/Douala": (date(2026, 3, 29), date(2026, 10, 25)),
    "Europe/Paris": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/Santiago": (date(2026, 9, 6), date(2026, 4, 5)),
}
CALENDAR = (Span.DAY, Span.WEEK, Span.MONTH)


def _clocks(zone: str, count: int) -> list[datetime]:
    """Moments near the boundaries, to the second: on them, and up to three hours beside them."""
    random = Random(zone)  # noqa: S311  a seed, so that a failure can be repeated
    days = [*CHANGES[zone], date(2026, 2, 28), date(2024, 2, 29), date(2026, 12, 31), date(2026, 1, 31)]
    clocks = []
    for _ in range(count):
        day = random.choice(days) + timedelta(days=random.choice((-1, 0, 0, 1)))
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        clocks.append(midnight + timedelta(seconds=random.choice((-1, 0, 1, random.randint(-10_800, 10_800)))))
    return clocks


def _name(span: Span, day: date) -> tuple[int, ...]:
    """The window that a wall calendar shows for a day."""
    return {Span.DAY: (day.toordinal(),), Span.WEEK: day.isocalendar()[:2], Span.MONTH: (day.year, day.month)}[span]


@pytest.mark.parametrize("zone", ZONES)
def test_no_calendar_window_is_off_by_one(zone: str) -> None:
    local = ZoneInfo(zone)

    def shown(moment: int) -> date:
        return datetime.fromtimestamp(moment, UTC).astimezone(local).date()

    for clock in _clocks(zone, 3_334):
        for span in CALENDAR:
            period = period_at(Window(span=span, zone=zone), clock)
            assert period.until is not None
            assert period.renews_at == period.until
            assert period.first == period.slot <= clock.timestamp() < period.until
            name = _name(span, clock.astimezone(local).date())
            assert _name(span, shown(period.slot)) == _name(span, shown(period.until - 1)) == name
            assert _name(span, shown(period.slot - 1)) != name != _name(span, shown(period.until))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Paris", date(2026, 3, 29), 23),
        ("Europe/Paris", date(2026, 10, 25), 25),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("America/Santiago", date(2026, 4, 4), 25),
        ("Africa/Douala", date(2026, 3, 29), 24),
    ],
)
def test_a_day_has_the_hours_of_its_change_of_clocks(zone: str, day: date, hours: int) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    period = period_at(Window(span=Span.DAY, zone=zone), noon)
    assert period.until is not None
    assert period.until - period.slot == hours * 3600


@given(st.integers(1_700_000_000, 1_900_000_000), st.sampled_from([60, 3600, 5 * 3600, 86_400, 30 * 86_400]))
def test_a_rolling_window_counts_all_of_its_span_and_at_most_one_slot_more(second: int, rolling_s: int) -> None:
    window = Window(span=Span.ROLLING, rolling_s=rolling_s)
    period, width = period_at(window, datetime.fromtimestamp(second, UTC)), slot_width_s(window)
    assert width * ROLLING_SLOTS == rolling_s
    assert period.slot <= second < period.slot + width
    oldest = datetime.fromtimestamp(second - rolling_s + 1, UTC)
    assert period.first <= period_at(window, oldest).slot
    assert period.first > period_at(window, datetime.fromtimestamp(second - rolling_s - width, UTC)).slot


def test_a_budget_in_all_has_one_window() -> None:
    period = period_at(Window(span=Span.TOTAL), datetime(2026, 1, 1, tzinfo=UTC))
    assert (period.slot, period.until, period.renews_at) == (0, None, None)
