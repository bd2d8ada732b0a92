"""Hours left: what each state of knowledge says, and what must hold whatever was spent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.core.forecast.outlook import Forecast, Outlook, forecast
from llm.core.forecast.rhythm import rhythm_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Spent = dict[datetime, Decimal]


def _even(hours: int, usd: str = "1") -> Spent:
    return {NOW - place * HOUR: Decimal(usd) for place in range(1, hours + 1)}


def _days_and_quiet_nights(days: int) -> Spent:
    hours = (NOW - place * HOUR for place in range(1, 24 * days + 1))
    return {hour: Decimal(2) for hour in hours if 8 <= hour.hour < 20}


@pytest.mark.parametrize(
    ("spent", "balance", "outlook"),
    [
        pytest.param({}, None, Outlook.NO_BALANCE, id="nothing known"),
        pytest.param({}, "50", Outlook.NO_BURN, id="money and no calls"),
        pytest.param(_even(23), "50", Outlook.SHORT_HISTORY, id="less than a day"),
        pytest.param(_even(23), None, Outlook.SHORT_HISTORY, id="less than a day without a balance"),
        pytest.param(_even(48), None, Outlook.NO_BALANCE, id="calls and no balance"),
        pytest.param(_even(48), "48", Outlook.ENDS, id="both"),
        pytest.param(_even(48), "0", Outlook.EMPTY, id="empty"),
        pytest.param(_even(48), "-3", Outlook.EMPTY, id="below zero"),
        pytest.param(_even(2), "-3", Outlook.EMPTY, id="empty before there is a history"),
        pytest.param(_even(48), "100000", Outlook.FAR, id="for years"),
        pytest.param({NOW - timedelta(days=40): Decimal(9)}, "5", Outlook.NO_BURN, id="nothing for a month"),
    ],
)
def test_what_is_known(spent: Spent, balance: str | None, outlook: Outlook) -> None:
    assert forecast(spent, None if balance is None else Decimal(balance), NOW).outlook is outlook


def test_an_even_pace_lasts_as_long_as_the_division_says() -> None:
    made = forecast(_even(240), Decimal(48), NOW)
    assert made.hours_left == pytest.approx(48, rel=0.01)
    assert made.burn_per_hour == pytest.approx(1, rel=0.01)
    assert made.low is not None
    assert made.high is not None
    assert made.low < 48 < made.high


def test_quiet_nights_are_waited_for() -> None:
    # At noon 8 busy hours are left of the day: 16 dollars. The rest comes after a night of 12 hours.
    made = forecast(_days_and_quiet_nights(14), Decimal(20), NOW)
    assert made.hours_left == pytest.approx(22, abs=1.0)


def test_the_rhythm_is_that_of_the_zone() -> None:
    spent = _days_and_quiet_nights(14)
    hours = [spent.get(NOW - place * HOUR, Decimal(0)) for place in range(24 * 14, 0, -1)]
    rhythm = rhythm_of(NOW - timedelta(days=14), [float(usd) for usd in hours], ZoneInfo("Africa/Douala"))
    assert rhythm.hours[19 + 1] > 1.5  # 20:00 in Douala is 19:00 UTC
    assert rhythm.hours[8] < 0.2  # and 08:00 is 07:00


def test_weekends_have_their_own_level() -> None:
    hours = [NOW - place * HOUR for place in range(1, 24 * 28 + 1)]
    spent = {hour: Decimal(10) if hour.weekday() < 5 else Decimal(1) for hour in hours}
    friday = datetime(2026, 11, 27, tzinfo=UTC)
    made = forecast({hour: usd for hour, usd in spent.items() if hour < friday}, Decimal(250), friday)
    # Friday takes 240 dollars, and a dollar an hour is spent after it.
    assert made.hours_left is not None
    assert 25 < made.hours_left < 45


def test_a_top_up_is_no_negative_burn() -> None:
    spent = {**_even(240), NOW - 5 * HOUR: Decimal(-50)}
    without = {hour: usd for hour, usd in _even(240).items() if hour != NOW - 5 * HOUR}
    assert forecast(spent, Decimal(48), NOW) == forecast(without, Decimal(48), NOW)


def test_the_running_hour_is_not_taken_for_a_quiet_one() -> None:
    half_past = NOW + timedelta(minutes=30)
    made = forecast({**_even(240), NOW: Decimal("0.1")}, Decimal(24), half_past)
    assert made.burn_per_hour == pytest.approx(1, rel=0.01)


histories = st.dictionaries(
    st.integers(1, 24 * 20).map(lambda place: NOW - place * HOUR), st.decimals(0, 20, places=4), max_size=200
)
balances = st.decimals("0.01", 2000, places=2)


@settings(max_examples=40)
@given(histories, balances, balances)
def test_more_money_never_lasts_shorter(spent: Spent, one: Decimal, two: Decimal) -> None:
    less, more = sorted((one, two))
    first, second = forecast(spent, less, NOW), forecast(spent, more, NOW)
    if second.hours_left is not None:
        assert first.hours_left is not None
        assert first.hours_left <= second.hours_left + 1e-6


@settings(max_examples=40)
@given(histories, balances)
def test_the_interval_is_around_the_forecast_which_is_the_same_each_time(spent: Spent, balance: Decimal) -> None:
    made = forecast(spent, balance, NOW)
    assert made == forecast(dict(reversed(spent.items())), balance, NOW)
    if made.outlook is Outlook.ENDS:
        assert made.low is not None
        assert made.hours_left is not None
        assert 0 <= made.low <= made.hours_left <= (made.high if made.high is not None else made.hours_left)
    elif made.outlook is not Outlook.EMPTY:
        assert made == Forecast(outlook=made.outlook, burn_per_hour=made.burn_per_hour)


def test_a_simulated_month_is_forecast_within_the_bounds() -> None:
    from bench.forecast.__main__ import cases, score
    from bench.forecast.month import PROFILES

    shop = score("shop", cases(PROFILES[0], 0) + cases(PROFILES[0], 1))
    assert shop.median_error <= 0.1
    assert 0.7 <= shop.held <= 0.95  # forty cases; the whole bench holds 70 to 90 %
