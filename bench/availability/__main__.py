"""`python -m bench.availability`: a year of vendors' outages, replayed through the gateway's decisions.

Plan, circuit, probes and retries are the product's own; clock, vendors and callers are simulated, and nothing sleeps.
Beside it the same year without failover, and with failover under a fixed cooldown. Hours lost are the callers': the
time beyond a normal answer, and all the time until a static one.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from bench.availability.figures import Figures
from bench.availability.outages import OUTAGES
from bench.availability.report import as_json, table
from bench.availability.vendors import Shape
from bench.availability.years import SYSTEMS, Year, play


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.availability", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed is another year (1)")
    parser.add_argument("--days", type=_positive, default=365.0, help="length of the year in days (365)")
    parser.add_argument(
        "--arrivals", type=_positive, nargs="+", default=[0.1, 1.0, 10.0], help="calls a second (0.1 1 10)"
    )
    parser.add_argument(
        "--outages", default="frequent", choices=list(OUTAGES), help="their rates, see outages.py (frequent)"
    )
    parser.add_argument(
        "--shapes", nargs="+", default=list(Shape), choices=list(map(str, Shape)), help="how vendors fail (all)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    words = parser.parse_args()
    years = [
        Year(outages=words.outages, shape=Shape(shape), per_second=per_second, seed=words.seed, days=words.days)
        for shape in words.shapes
        for per_second in words.arrivals
    ]
    results = _played(years)
    print(json.dumps(as_json(results)) if words.json else table(results))


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return value


def _played(years: list[Year]) -> dict[Year, dict[str, Figures]]:
    """All years for all systems, on all cores, with a line to stderr for each that is done."""
    with ProcessPoolExecutor() as pool:
        runs = {pool.submit(play, year, system): (year, system) for year in years for system in SYSTEMS}
        for done, run in enumerate(as_completed(runs), 1):
            year, system = runs[run]
            print(f"{done} of {len(runs)}: {year.shape}, {year.per_second:g}/s, {system}", file=sys.stderr)
    figures = {place: run.result() for run, place in runs.items()}
    return {year: {system: figures[year, system] for system in SYSTEMS} for year in years}


if __name__ == "__main__":
    main()
