"""Makes forecasts in simulated months a day before the money ends, and prints how far off they were.

For each day from the third on, at an hour that moves over the day, the balance is what is spent in the following 24
hours: money ends exactly a day later. Top-ups before that moment make the balance, and change nothing else.
"""

import argparse
import json
import statistics
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bench.forecast.month import HOUR, PROFILES, START, Profile, month
from llm.core.forecast.outlook import forecast

AHEAD_H = 24
FIRST_DAY, LAST_DAY = 3, 30


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
    results = []
    for day in range(FIRST_DAY, LAST_DAY):
        now = START + timedelta(days=day, hours=(7 * day + seed) % 24)
        known = {hour: usd for hour, usd in spent.items() if hour < now}
        balance = _between(spent, now, now + AHEAD_H * HOUR)
        if not balance or not spent.get(now + (AHEAD_H - 1) * HOUR):
            continue  # it ends earlier: nothing is spent in the last hour
        made = forecast(known, balance, now)
        if made.hours_left is None or made.low is None:
            results.append((1.0, False, 0.0))
            continue
        high = made.high if made.high is not None else 1e9
        results.append((abs(made.hours_left - AHEAD_H) / AHEAD_H, made.low <= AHEAD_H <= high, high - made.low))
    return results


def _between(spent: dict[datetime, Decimal], start: datetime, end: datetime) -> Decimal:
    return sum((usd for hour, usd in spent.items() if start <= hour < end), Decimal(0))


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
