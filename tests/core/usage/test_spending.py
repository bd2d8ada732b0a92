"""Spending rules: which period they look at, and when they tell."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from llm.core.usage.spending import Rule, Seen, Watch, exceeds, period

NOW = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
DOUALA = ZoneInfo("Africa/Douala")


@pytest.mark.parametrize(
    ("watch", "zone", "start", "end"),
    [
        pytest.param(Watch.DAY, "UTC", "2026-11-28T00:00", "2026-11-29T00:00", id="the day"),
        pytest.param(Watch.DAY, "Africa/Douala", "2026-11-28T23:00", "2026-11-29T23:00", id="tomorrow, in Douala"),
        pytest.param(Watch.MONTH, "UTC", "2026-11-01T00:00", "2026-12-01T00:00", id="the month"),
        pytest.param(Watch.MONTH, "Africa/Douala", "2026-10-31T23:00", "2026-11-30T23:00", id="the month, in Douala"),
        pytest.param(Watch.JUMP, "Africa/Douala", "2026-11-28T22:00", "2026-11-28T23:00", id="the last whole hour"),
    ],
)
def test_a_rule_looks_at_its_period(watch: Watch, zone: str, start: str, end: str) -> None:
    found = period(watch, NOW, ZoneInfo(zone))
    assert found == tuple(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end))


def test_the_day_of_a_change_of_clocks_has_its_own_length() -> None:
    start, end = period(Watch.DAY, datetime(2026, 10, 25, 12, tzinfo=UTC), ZoneInfo("Europe/Paris"))
    assert end - start == timedelta(hours=25)


def test_a_month_that_ends_a_year_ends_in_january() -> None:
    start, end = period(Watch.MONTH, datetime(2026, 12, 31, 12, tzinfo=UTC), ZoneInfo("UTC"))
    assert (start, end) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


SUM = Rule(name="day", watch=Watch.DAY, limit_usd=Decimal(10))
JUMP = Rule(name="jump", watch=Watch.JUMP, limit_usd=Decimal(5), factor=Decimal(3))


@pytest.mark.parametrize(
    ("rule", "usd", "before", "tells"),
    [
        pytest.param(SUM, "9.999999999", None, False, id="a sum below its limit"),
        pytest.param(SUM, "10", None, True, id="a sum at its limit"),
        pytest.param(JUMP, "14", "5", False, id="less than three times as much"),
        pytest.param(JUMP, "15", "5", True, id="three times as much"),
        pytest.param(JUMP, "4", "1", False, id="three times as much of next to nothing"),
        pytest.param(JUMP, "6", "0", True, id="from nothing, on a day that is known"),
        pytest.param(JUMP, "600", None, False, id="nothing is known of the week before"),
    ],
)
def test_a_rule_tells(rule: Rule, usd: str, before: str | None, tells: bool) -> None:
    seen = Seen(start=NOW, usd=Decimal(usd), before_usd=None if before is None else Decimal(before))
    assert exceeds(rule, seen) is tells
