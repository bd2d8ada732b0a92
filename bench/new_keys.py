"""`python -m bench.new_keys`: keys made while the gateway is busy, asked for at once; and with the database paused.

Each new key is asked for several times, on connections of its own, so that every worker gets it while it is new. Then
the benchmark's own PostgreSQL is paused by SIGSTOP, and a key that the workers do not know is asked for.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from bench.kills.load import Outcomes, load
from bench.kills.product import Product, vendor
from bench.own_postgres import OwnPostgres, own_postgres
from bench.processes import ROOT

ASKED_PER_WORKER = 3
MAKER = """
import sys
from django.contrib.auth import get_user_model
from llm.stores.config.keys import create
user = get_user_model().objects.get(username="bench")
for name in sys.stdin:
    print(create(user, name.strip())[1], flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.new_keys", description=__doc__)
    parser.add_argument("--keys", type=int, default=200, help="new keys of each run (200)")
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4], help="worker processes of the runs (2 4)")
    words = parser.parse_args()
    for workers in words.workers:
        with tempfile.TemporaryDirectory() as folder:
            _run(f"sqlite, {workers}", Path(folder), f"sqlite:///{folder}/keys.sqlite3", workers, words.keys, None)
        with tempfile.TemporaryDirectory() as folder, own_postgres() as postgres:
            _run(f"postgresql, {workers}", Path(folder), postgres.url, workers, words.keys, postgres)


def _run(name: str, folder: Path, database_url: str, workers: int, keys: int, postgres: OwnPostgres | None) -> None:
    with vendor(folder) as (vendor_url, _):
        product = Product(
            folder, vendor_url, database_url=database_url, journal=folder / "journal", workers=workers, patience_s=0.04
        )
        product.start()
        try:
            with _maker(product) as maker:
                asyncio.run(_ask(name, product, maker, workers, keys, postgres))
        finally:
            product.stop()
            for line in (folder / "gateway.log").read_text().splitlines():
                if "config_store" in line:
                    print(f"{name:16} {line}", flush=True)


@contextmanager
def _maker(product: Product) -> Iterator["subprocess.Popen[str]"]:
    """Another process, which makes a key for each line that it gets."""
    with subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", MAKER],
        cwd=ROOT,
        env=product.process_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as maker:
        try:
            yield maker
        finally:
            maker.kill()


def _make(maker: "subprocess.Popen[str]") -> str:
    assert maker.stdin is not None  # noqa: S101  a pipe
    assert maker.stdout is not None  # noqa: S101  the same
    print("new", file=maker.stdin, flush=True)
    return maker.stdout.readline().strip()


async def _ask(
    name: str, product: Product, maker: "subprocess.Popen[str]", workers: int, keys: int, postgres: OwnPostgres | None
) -> None:
    busy = asyncio.ensure_future(load(product.url, product.key, 10**6, Outcomes(), prefix="busy"))
    await asyncio.sleep(3)
    connector = aiohttp.TCPConnector(force_close=True)
    statuses: Counter[int] = Counter()
    refused_keys = 0
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as session:
        for _ in range(keys):
            key = await asyncio.to_thread(_make, maker)
            asked = [_status(session, product, key) for _ in range(ASKED_PER_WORKER * workers)]
            answers = [status for status, _, _ in await asyncio.gather(*asked)]
            statuses.update(answers)
            refused_keys += any(status != 200 for status in answers)
        print(f"{name:16} {refused_keys} of {keys} new keys refused; answers {dict(statuses)}", flush=True)
        if postgres is not None:
            key = await asyncio.to_thread(_make, maker)
            postgres.pause()
            try:
                paused = [await _status(session, product, key) for _ in range(3 * workers)]
                known = [await _status(session, product, product.key) for _ in range(3 * workers)]
            finally:
                postgres.go_on()
            print(f"{name:16} paused, new key: {_shown(paused)}; known key: {_shown(known)}", flush=True)
            await asyncio.sleep(3)
            print(f"{name:16} back, new key: {_shown([await _status(session, product, key)])}", flush=True)
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)


async def _status(session: aiohttp.ClientSession, product: Product, key: str) -> tuple[int, str, float]:
    """The status of the models list with this key, Retry-After, and the seconds that it took."""
    started = time.monotonic()
    async with session.get(f"{product.url}/v1/models", headers={"Authorization": f"Bearer {key}"}) as response:
        await response.read()
        return response.status, response.headers.get("Retry-After", "-"), time.monotonic() - started


def _shown(answers: list[tuple[int, str, float]]) -> str:
    kinds = Counter((status, f"Retry-After {wait}") for status, wait, _ in answers)
    return f"{dict(kinds)}, slowest {max(taken for _, _, taken in answers):.2f} s"


if __name__ == "__main__":
    main()
