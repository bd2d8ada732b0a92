"""Makes forecasts in simulated months a day before the money ends, and prints how far off they were.

Money ends while it is spent: the end of each wallet is drawn from the month's spending, and the forecast is made 24
hours before it, with the balance that top-ups have left there.
"""

import argparse
import json
import random
import statistics
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bench.forecast.month import HOUR, PROFILES, START, Profile, month
from llm.core.forecast.outlook import forecast

AHEAD_H = 24
FIRST_DAY, LAST_DAY = 3, 30
ENDS = 20
"""Wallets that end in a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`median_error`: of the hours left, relative to 24 h. `held`: the share of intervals with the true end inside."""

    profile: str
    cases: int
    median_error: float
    held: float
    width_h: float


def cases(profile: Profile, seed: int) -> list[tuple[float, bool, float]]:
    """Relative error, whether the interval held, its width in hours; of each forecast of a month."""
    spent = month(profile, seed)
    chance = random.Random(f"ends {seed}")  # noqa: S311  repeatable, no secret
    results = []
    for end, hour_share in sorted(_ends(spent, chance)):
        now = end - AHEAD_H * HOUR
        known = {hour: usd for hour, usd in spent.items() if hour < now}
        balance = sum((usd for hour, usd in spent.items() if now <= hour < end), Decimal(0))
        balance += spent[end] * Decimal(str(hour_share))
        true = AHEAD_H + hour_share
        made = forecast(known, balance, now)
        if made.hours_left is None or made.low is None:
            results.append((1.0, False, 0.0))
            continue
        high = made.high if made.high is not None else 1e9
        results.append((abs(made.hours_left - true) / true, made.low <= true <= high, high - made.low))
    return results


def _ends(spent: dict[datetime, Decimal], chance: random.Random) -> list[tuple[datetime, float]]:
    """ENDS hours in which money ends, and how much of the hour's spending it still pays.

    A wallet ends while money is spent, so an hour is drawn by what it costs.
    """
    first, last = START + timedelta(days=FIRST_DAY), START + timedelta(days=LAST_DAY)
    hours = [hour for hour in spent if first <= hour < last]
    drawn = chance.choices(hours, weights=[float(spent[hour]) for hour in hours], k=ENDS)
    return [(hour, chance.random()) for hour in drawn]


def score(name: str, found: list[tuple[float, bool, float]]) -> Score:
    return Score(
        profile=name,
        cases=len(found),
        median_error=round(statistics.median(error for error, _, _ in found), 4),
        held=round(sum(held for _, held, _ in found) / len(found), 4),
        width_h=round(statistics.median(width for _, _, width in found), 2),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.forecast", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="Months for each profile. Default: 20.")
    parser.add_argument("--json", action="store_true", help="Print JSON in place of text.")
    options = parser.parse_args()
    by_profile = {
        profile.name: [case for seed in range(options.seeds) for case in cases(profile, seed)] for profile in PROFILES
    }
    scores = [score(name, found) for name, found in by_profile.items()]
    scores.append(score("all", [case for found in by_profile.values() for case in found]))
    if options.json:
        print(json.dumps([asdict(each) for each in scores], indent=2))
        return
    print(f"{'profile':<18}{'cases':>7}{'median error':>14}{'held':>8}{'width':>9}")
    for each in scores:
        print(f"{each.profile:<18}{each.cases:>7}{each.median_error:>13.1%}{each.held:>8.0%}{each.width_h:>7.1f} h")


if __name__ == "__main__":
    main()
