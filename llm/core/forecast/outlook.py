"""When a balance is used up: the hours left, and an interval that holds in four of five cases.

The interval comes from the forecast's own errors: it is made again at earlier moments, from what was known then, and
compared with what was spent after them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from statistics import NormalDist

from llm.core.forecast.rhythm import HOUR, Rhythm, rhythm_of

ENOUGH = timedelta(hours=24)
"""A shorter history has no forecast: it has not seen each hour of a day."""
HISTORY = timedelta(days=30)
"""Older hours are not read."""
HORIZON_H = 90 * 24
"""Hours. A later end is said to be far away."""
SHARE = 0.8
"""The share of cases in which the interval holds."""
Z = NormalDist().inv_cdf(0.5 + SHARE / 2)
PRIOR_ERROR = 0.12
"""The standard error of the logarithm of spending that a short history begins with: an eighth up or down.

This, PRIOR_CASES and MOST_ORIGINS were chosen by `python -m bench.forecast`.
"""
PRIOR_CASES = 1.0
"""As many cases of its own weigh as much as that."""
LEAST_ERROR = 0.03
MOST_TESTED_H = 72
"""The longest span by which the forecast is tested; longer ones are taken to err as much."""
ORIGINS_EVERY_H = 6
MOST_ORIGINS = 28


class Outlook(StrEnum):
    """What is known of an account's end."""

    ENDS = "ends"
    """`hours_left` says when."""
    FAR = "far"
    """Not within HORIZON_H."""
    NO_BURN = "no_burn"
    """Nothing was spent in HISTORY."""
    SHORT_HISTORY = "short_history"
    """Less than ENOUGH since the first spending."""
    NO_BALANCE = "no_balance"
    """The balance is unknown."""
    EMPTY = "empty"
    """The balance is 0 or below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The end of a balance. Hours from now; `low` to `high` holds in SHARE of the cases.

    `hours_left` and `low` are None unless the outlook is `ends` or `empty`; `high` is None when it is beyond HORIZON_H.
    `burn_per_hour`: USD, expected on average over the next 24 hours; None without enough history.
    """

    outlook: Outlook
    burn_per_hour: float | None = None
    hours_left: float | None = None
    low: float | None = None
    high: float | None = None


def forecast(
    spent: Mapping[datetime, Decimal], balance: Decimal | None, now: datetime, *, zone: tzinfo = UTC
) -> Forecast:
    """The forecast from `spent`: USD by the hour, UTC, those without spending may be missing.

    Only spending counts: a top-up is no negative burn, and amounts below 0 are left out. The running hour is not
    used, since it is not over.
    """
    this_hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    known = {
        hour: float(usd)
        for hour, usd in spent.items()
        if usd > 0 and this_hour - HISTORY <= hour.astimezone(UTC) <= now
    }
    empty = balance is not None and balance <= 0
    if not known:
        return _without_burn(Outlook.NO_BALANCE if balance is None else Outlook.NO_BURN, empty=empty, burn=None)
    start = min(known)
    if this_hour - start < ENOUGH:
        return _without_burn(Outlook.SHORT_HISTORY, empty=empty, burn=None)
    amounts = [known.get(start + place * HOUR, 0.0) for place in range(int((this_hour - start) / HOUR))]
    rhythm = rhythm_of(start, amounts, zone)
    burn = _sum(rhythm, now, 24) / 24
    if balance is None or empty:
        return _without_burn(Outlook.NO_BALANCE, empty=empty, burn=burn)
    money = float(balance)
    left = _hours_until(rhythm, now, money)
    error = _error(start, amounts, left if left is not None else MOST_TESTED_H, zone)
    low = _hours_until(rhythm, now, money / math.exp(Z * error))
    if left is None:
        return Forecast(outlook=Outlook.FAR, burn_per_hour=burn)
    high = _hours_until(rhythm, now, money * math.exp(Z * error))
    return Forecast(outlook=Outlook.ENDS, burn_per_hour=burn, hours_left=left, low=low, high=high)


def _without_burn(outlook: Outlook, *, empty: bool, burn: float | None) -> Forecast:
    if empty:
        return Forecast(outlook=Outlook.EMPTY, burn_per_hour=burn, hours_left=0.0, low=0.0, high=0.0)
    return Forecast(outlook=outlook, burn_per_hour=burn)


def _hours_until(rhythm: Rhythm, start: datetime, money: float) -> float | None:
    """Hours from `start` until `money` is spent; None when that is beyond HORIZON_H."""
    if rhythm.level <= 0:
        return None
    passed, moment = 0.0, start
    while passed < HORIZON_H:
        # To the full hour: the rate changes there.
        step = 1.0 - (moment.minute * 60 + moment.second + moment.microsecond / 1e6) / 3600
        rate = rhythm.at(moment)
        if rate * step >= money:
            return passed + money / rate if rate > 0 else passed
        money -= rate * step
        passed += step
        moment = start + timedelta(hours=passed)
    return None


def _sum(rhythm: Rhythm, start: datetime, hours: int) -> float:
    return sum(rhythm.at(start + place * HOUR) for place in range(hours))


def _error(start: datetime, amounts: Sequence[float], hours: float, zone: tzinfo) -> float:
    """The standard error of the logarithm of what is spent in as many hours, as past forecasts show it."""
    enough = int(ENOUGH / HOUR)
    span = max(1, min(round(hours), MOST_TESTED_H, (len(amounts) - enough) or 1))
    squares = []
    origins = range(len(amounts) - span, enough - 1, -ORIGINS_EVERY_H)[:MOST_ORIGINS]
    for origin in origins:
        rhythm = rhythm_of(start, amounts[:origin], zone)
        expected = _sum(rhythm, start + origin * HOUR, span)
        paid = sum(amounts[origin : origin + span])
        if expected > 0 and paid > 0:
            squares.append(math.log(paid / expected) ** 2)
    # Spans that overlap are no cases of their own.
    cases = min(len(squares), len(squares) * ORIGINS_EVERY_H / span)
    mean = sum(squares) / len(squares) if squares else 0.0
    variance = (PRIOR_CASES * PRIOR_ERROR**2 + cases * mean) / (PRIOR_CASES + cases)
    return max(LEAST_ERROR, math.sqrt(variance))
