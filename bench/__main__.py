"""`make bench`: what the gateway costs, beside aiohttp alone, the anthropic SDK alone and a bare ASGI endpoint.

All are measured in one run, on the same vendor. Machines differ and are noisy: the ratios are what holds.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from bench.cost import admission, databases, planning, systems
from bench.cost.compare import LAST, compared, kept
from bench.cost.databases import Database
from bench.cost.figures import Row, Setting, with_ratios
from bench.cost.jobs import JOBS, TWO_WORKERS
from bench.cost.load import OPENAI, Job
from bench.cost.report import table
from bench.cost.systems import System
from bench.processes import Running


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--requests", type=float, default=1.0, metavar="TIMES", help="multiply the requests of each job"
    )
    parser.add_argument(
        "--job",
        action="append",
        choices=[*(job.name for job in JOBS), planning.PLANNING, admission.ADMISSION],
        help="only this job; repeatable",
    )
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="only this one (both)")
    parser.add_argument("--compare", action="store_true", help=f"show what became slower since the last run ({LAST})")
    parser.add_argument("--json", action="store_true", help="print one JSON object with a list `rows`")
    words = parser.parse_args()
    jobs = [
        replace(job, requests=max(job.at_once, int(words.requests * job.requests)))
        for job in JOBS
        if not words.job or job.name in words.job
    ]
    before = kept(LAST)
    found = list(_measured(jobs, words.database)) if jobs else []
    if not words.job or planning.PLANNING in words.job:
        found += planning.rows()
    if not words.job or admission.ADMISSION in words.job:
        found += admission.rows()
    rows = with_ratios(found, systems.BARE_DOOR)
    Path(LAST).parent.mkdir(exist_ok=True)
    Path(LAST).write_text(json.dumps({"rows": [asdict(row) for row in rows]}))
    if words.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
    else:
        print(table(rows))
    if words.compare:
        print(compared(before, rows), file=sys.stderr if words.json else sys.stdout)


def _measured(jobs: list[Job], only: str | None) -> Iterator[Row]:
    with systems.vendor() as vendor:
        for name, way in ((systems.AIOHTTP, "aiohttp"), (systems.ANTHROPIC_SDK, "anthropic")):
            program = systems.Program(setting=Setting(system=name), way=way, vendor=vendor)
            yield from _rows(program, [job for job in jobs if job.path == OPENAI], vendor)
        with ExitStack() as opened:
            if only != "postgresql":
                yield from _on(opened.enter_context(databases.sqlite()), jobs, vendor)
            if only != "sqlite":
                database = opened.enter_context(databases.postgresql())
                if database is None:
                    print(f"PostgreSQL is left out: no server answers at {databases.SERVER}", file=sys.stderr)
                else:
                    yield from _on(database, jobs, vendor)


def _on(database: Database, jobs: list[Job], vendor: Running) -> Iterator[Row]:
    with systems.bare_door(vendor, database) as bare:
        yield from _rows(bare, [job for job in jobs if job.path == OPENAI], vendor)
    with systems.product(vendor, database) as product:
        yield from _rows(product, jobs, vendor)
    with systems.product(vendor, database, workers=2) as product:
        yield from _rows(product, [job for job in jobs if job.name in TWO_WORKERS], vendor)


def _rows(system: System, jobs: list[Job], vendor: Running) -> Iterator[Row]:
    for job in jobs:
        systems.delay(vendor, job.delay_ms)
        print(f"{system.setting.system}: {job.name} ...", file=sys.stderr, flush=True)
        yield system.measure(job)


if __name__ == "__main__":
    main()
