"""The rhythm of spending: a level, a factor for each hour of the day and one for each day of the week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

HOUR = timedelta(hours=1)
RHYTHM_HALF_LIFE_H = 14 * 24.0
"""After this time an hour counts half for the rhythm, which changes slowly."""
LEVEL_HALF_LIFE_H = 2 * 24.0
"""The same for the level, which follows the business. Chosen by `python -m bench.forecast`."""
PRIOR_DAYS = 0.25
"""How many flat days the factors of hours begin with, so that one odd hour makes no rhythm."""
PRIOR_WEEKDAYS = 0.5
"""How many average days each day of the week begins with."""
ROUNDS = 3
"""Hours and days of the week are estimated in turn; a third round changes the result by less than 1 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """USD per hour = `level` x `hours`[hour of the day] x `weekdays`[day of the week], in the zone's local time."""

    level: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    zone: tzinfo = UTC

    def at(self, moment: datetime) -> float:
        """The expected USD per hour at this moment."""
        local = moment.astimezone(self.zone)
        return self.level * self.hours[local.hour] * self.weekdays[local.weekday()]


def rhythm_of(start: datetime, spent: Sequence[float], zone: tzinfo = UTC) -> Rhythm:
    """The rhythm of `spent`: USD of each whole hour from `start` on, without a gap. Negative amounts count as 0.

    An empty sequence has the level 0.
    """
    amounts = [max(0.0, amount) for amount in spent]
    places = [(local.hour, local.weekday()) for local in _local_hours(start, len(amounts), zone)]
    weights = _weights(len(amounts), RHYTHM_HALF_LIFE_H)
    total = sum(weights)
    mean = sum(map(float.__mul__, amounts, weights)) / total if total else 0.0
    if mean <= 0:
        return Rhythm(level=0.0, hours=(1.0,) * 24, weekdays=(1.0,) * 7, zone=zone)
    hours, weekdays = [1.0] * 24, [1.0] * 7
    for _ in range(ROUNDS):
        hours = _factors(
            24,
            PRIOR_DAYS,
            mean,
            [(h, weekdays[d], a, w) for (h, d), a, w in zip(places, amounts, weights, strict=True)],
        )
        weekdays = _factors(
            7,
            24 * PRIOR_WEEKDAYS,
            mean,
            [(d, hours[h], a, w) for (h, d), a, w in zip(places, amounts, weights, strict=True)],
        )
    recent = _weights(len(amounts), LEVEL_HALF_LIFE_H)
    paid = sum(amount * weight for amount, weight in zip(amounts, recent, strict=True))
    shape = sum(hours[h] * weekdays[d] * weight for (h, d), weight in zip(places, recent, strict=True))
    return Rhythm(level=paid / shape if shape else 0.0, hours=tuple(hours), weekdays=tuple(weekdays), zone=zone)


def _factors(count: int, prior: float, mean: float, parts: Sequence[tuple[int, float, float, float]]) -> list[float]:
    """A factor for each place: what was spent there by what the other factors expect, drawn towards 1 by the prior."""
    paid, expected = [prior * mean] * count, [prior * mean] * count
    for place, other, amount, weight in parts:
        paid[place] += amount * weight
        expected[place] += mean * other * weight
    return [paid[place] / expected[place] for place in range(count)]


def _weights(count: int, half_life_h: float) -> list[float]:
    """By age, of the oldest hour first; the last hour has the weight 1."""
    return [0.5 ** ((count - 1 - place) / half_life_h) for place in range(count)]


def _local_hours(start: datetime, count: int, zone: tzinfo) -> list[datetime]:
    first = start.astimezone(UTC)
    return [(first + place * HOUR).astimezone(zone) for place in range(count)]
