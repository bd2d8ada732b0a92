"""`python -m bench.kills`: calls under load while gateway processes are killed by SIGKILL, on both databases.

The vendor is the benchmark's own and writes down each call, so records are compared with what was really asked.
`--full-disk` puts the journal on a disk without a free block (a tmpfs; needs the right to mount one).
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.kills.compare import Comparison, compare
from bench.kills.load import Outcomes, load
from bench.kills.product import Product, vendor

DATABASES = ("sqlite", "postgresql")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.kills", description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="calls of each run (2000)")
    parser.add_argument("--kills", type=int, default=10, help="kills of each run (10)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="worker processes of the runs (1 2)")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES, help="default: both")
    parser.add_argument("--postgres-url", default="postgres://postgres@127.0.0.1:5432/postgres", help="a server")
    parser.add_argument("--full-disk", action="store_true", help="the journal's disk is full from the start")
    parser.add_argument("--json", action="store_true", help="print one JSON object a run")
    words = parser.parse_args()
    for database in words.databases:
        for workers in words.workers:
            found = _run(database, workers, words)
            name = f"{database}, {workers}{', full disk' if words.full_disk else ''}"
            if words.json:
                print(json.dumps({"run": name, **asdict(found)}), flush=True)
            else:
                print(
                    f"{name:28}" + "  ".join(f"{field}={value}" for field, value in asdict(found).items()), flush=True
                )


def _run(database: str, workers: int, words: argparse.Namespace) -> Comparison:
    with tempfile.TemporaryDirectory() as text, _database(database, Path(text), words.postgres_url) as database_url:
        folder = Path(text)
        with vendor(folder) as (vendor_url, calls), _journal(folder, full=words.full_disk) as journal:
            product = Product(folder, vendor_url, database_url=database_url, journal=journal, workers=workers)
            product.start()
            try:
                outcomes = asyncio.run(_load_and_kill(product, words.calls, words.kills))
            finally:
                product.stop()
            return compare(product, calls, outcomes)


async def _load_and_kill(product: Product, calls: int, kills: int) -> Outcomes:
    outcomes = Outcomes()
    loading = asyncio.ensure_future(load(product.url, product.key, calls, outcomes, prefix=uuid.uuid4().hex[:6]))
    for number in range(1, kills + 1):
        due = calls * number // (kills + 1)
        while outcomes.ended < due and not loading.done():
            await asyncio.sleep(0.01)
        await asyncio.sleep(random.uniform(0, 0.3))  # noqa: S311  any step of a call may be hit
        await asyncio.to_thread(product.kill_one)
    await loading
    return outcomes


@contextmanager
def _database(kind: str, folder: Path, server_url: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/kills.sqlite3"
        return
    name = f"djobea_kills_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _journal(folder: Path, *, full: bool) -> Iterator[Path]:
    disk = folder / "disk"
    disk.mkdir()
    if not full:
        yield disk
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=True)  # noqa: S603, S607  our own folder
    try:
        descriptor = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(descriptor, b"\0" * 4096)
        except OSError:
            os.close(descriptor)
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)  # noqa: S603, S607  the same


if __name__ == "__main__":
    main()
