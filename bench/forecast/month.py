"""Simulated months of spending: calls by the hour with a daily and a weekly rhythm, quiet nights, noisy prices."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 45
"""Thirty days, and what follows the last forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of customer. `calls`: per hour at noon of a weekday; `night`, `weekend`: their share of that.

    `day_error`, `price`: standard errors (logarithm) of a day's level and of a call's price. `trend`: daily growth.
    """

    name: str
    calls: float
    night: float
    weekend: float
    day_error: float = 0.1
    trend: float = 0.0
    price: float = 0.8


PROFILES = (
    Profile(name="shop", calls=120, night=0.05, weekend=0.6),
    Profile(name="office", calls=60, night=0.01, weekend=0.1),
    Profile(name="around the clock", calls=80, night=0.7, weekend=0.9),
    Profile(name="small", calls=12, night=0.02, weekend=0.8),
    Profile(name="growing", calls=60, night=0.1, weekend=0.7, trend=0.02),
    Profile(name="moody", calls=60, night=0.05, weekend=0.7, day_error=0.2),
)


def month(profile: Profile, seed: int) -> dict[datetime, Decimal]:
    """USD by the hour."""
    chance = random.Random(f"{profile.name} {seed}")  # noqa: S311  repeatable, no secret
    spent = {}
    level = 1.0
    for place in range(DAYS * 24):
        hour = START + place * HOUR
        if hour.hour == 0:
            level = chance.lognormvariate(0, profile.day_error) * (1 + profile.trend) ** (place / 24)
        calls = sum(1 for _ in _arrivals(profile.calls * level * _share(profile, hour), chance))
        usd = sum(0.004 * chance.lognormvariate(0, profile.price) for _ in range(calls))
        if usd:
            spent[hour] = Decimal(f"{usd:.9f}")
    return spent


def _share(profile: Profile, hour: datetime) -> float:
    """Of the rate at noon: a smooth day between 7 and 22 h, the night's share else."""
    day = math.sin(math.pi * (hour.hour - 6.5) / 16) if 7 <= hour.hour < 22 else 0.0
    return (profile.night + (1 - profile.night) * day) * (profile.weekend if hour.weekday() >= 5 else 1.0)


def _arrivals(rate: float, chance: random.Random) -> Iterator[float]:
    """Times within the hour, of a Poisson process."""
    at = 0.0
    while rate > 0 and (at := at + chance.expovariate(rate)) < 1:
        yield at
