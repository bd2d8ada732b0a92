"""`python -m bench.routing`: drills of routing on simulated clocks, with the product's own plans. Nothing sleeps.

Exits with 1 when an aim does not hold.
"""

import argparse
import json
import sys
from dataclasses import asdict

from bench.routing.drill import Drill, Result
from bench.routing.drills import DRILLS


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.routing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--drill", action="append", choices=[drill.name for drill in DRILLS], help="only this; repeatable"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed is another day (1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    results: list[tuple[Drill, Result]] = []
    for drill in DRILLS:
        if not words.drill or drill.name in words.drill:
            print(f"{drill.name} ...", file=sys.stderr, flush=True)
            results.append((drill, drill.play(words.seed)))
    if words.json:
        print(json.dumps({drill.name: {"about": drill.about, **asdict(result)} for drill, result in results}))
    else:
        print("\n\n".join(text(drill, result) for drill, result in results))
    if not all(aim.holds for _, result in results for aim in result.aims):
        sys.exit(1)


def text(drill: Drill, result: Result) -> str:
    """The drill's first line, a table of its rows, and each aim with what was measured."""
    columns = list(result.rows[0]) if result.rows else []
    cells = [columns, *([str(row[column]) for column in columns] for row in result.rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    aims = [f"{'holds' if aim.holds else 'FAILS'}  {aim.aim}; {aim.figure:g}" for aim in result.aims]
    return "\n".join([f"{drill.name}: {drill.about.splitlines()[0]}", "", *lines, "", *aims])


if __name__ == "__main__":
    main()
