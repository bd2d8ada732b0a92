"""`python -m bench.budgets [--json] [--store NAME]`: 200 calls at once over four workers, with money for ten.

A line a store: how many calls were asked, for how many there was money, and how many reached the vendor. With the
database paused there is money for what the workers have leased at that moment.
"""

import argparse
import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass

import aiohttp
import psycopg

from bench.budgets.vendor import COST, OUTPUT_TOKENS, PROMPT
from bench.own_postgres import OwnPostgres, own_postgres
from bench.own_redis import own_redis
from bench.processes import Running, free_port, gateway, operate, process_of, wait_for

ASKED, WORKERS, AFFORDABLE = 200, 4, 10
PLENTY = 100_000
WARM_UP = 40
READ_S = 4.0
STORES = ("sqlite", "postgresql", "postgresql+redis", "redis gone", "postgresql paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`affordable`: calls for which there was money. `reached`: those that the vendor got."""

    store: str
    asked: int
    affordable: int
    reached: int

    @property
    def holds(self) -> bool:
        """Exactly what there was money for; with the database paused, no more."""
        return self.reached <= self.affordable if "paused" in self.store else self.reached == self.affordable


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.budgets", description=__doc__)
    parser.add_argument("--json", action="store_true", help="A JSON object a line.")
    parser.add_argument("--store", choices=STORES, action="append", help="Only this store; may be repeated.")
    options = parser.parse_args()
    results = []
    for store in options.store or STORES:
        results.append(result := measure(store))
        line = f"{result.store:18} asked {result.asked}, affordable {result.affordable}, reached {result.reached}"
        print(json.dumps(asdict(result)) if options.json else line, flush=True)
    if not all(result.holds for result in results):
        raise SystemExit("a budget was not kept")


def measure(store: str) -> Result:
    """One store, with servers of its own."""
    with ExitStack() as running:
        vendor = running.enter_context(_vendor())
        postgres = running.enter_context(own_postgres()) if store != "sqlite" else None
        redis = running.enter_context(own_redis()) if "redis" in store else None
        if redis is not None:
            redis.start()
        product = running.enter_context(
            gateway(
                vendor,
                database_url=postgres.url if postgres else "",
                redis_url=redis.url if redis else "",
                workers=WORKERS,
            )
        )
        if store == "postgresql paused" and postgres is not None:
            return _paused(store, product, vendor, postgres)
        _make_budget(product, AFFORDABLE)
        if store == "redis gone" and redis is not None:
            redis.kill()
        asyncio.run(_ask(product, ASKED))
        return Result(store=store, asked=ASKED, affordable=AFFORDABLE, reached=_asked(vendor))


def _paused(store: str, product: Running, vendor: Running, postgres: OwnPostgres) -> Result:
    """The workers have slices of a large budget when the database stops."""
    _make_budget(product, PLENTY)
    asyncio.run(_ask(product, WARM_UP))
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute("SELECT COALESCE(SUM(amount), 0) FROM llm_ledgerlease").fetchone()
    postgres.pause()
    before = _asked(vendor)
    try:
        asyncio.run(_ask(product, ASKED))
        leased = int(row[0]) // COST if row else 0
        return Result(store=store, asked=ASKED, affordable=leased, reached=_asked(vendor) - before)
    finally:
        postgres.go_on()


def _make_budget(product: Running, calls: int) -> None:
    """A budget for so many calls, and the rest of one: a slice of it must not be lost to the others."""
    operate(product, "llm_budgets", "create", "bench", "--tokens", str(calls * COST + COST // 2), "--span", "total")
    until = time.monotonic() + READ_S
    while time.monotonic() < until:  # an idle worker reads the configuration with its next request
        asked = urllib.request.Request(f"{product.url}/v1/models", headers={"Authorization": f"Bearer {product.key}"})  # noqa: S310  loopback
        urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310  the same
        time.sleep(0.05)


async def _ask(product: Running, count: int) -> None:
    headers = {"Authorization": f"Bearer {product.key}"}
    body = {"model": "claude", "max_tokens": OUTPUT_TOKENS, "messages": [{"role": "user", "content": PROMPT}]}
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def one() -> int:
            async with session.post(f"{product.url}/v1/chat/completions", json=body) as answer:
                await answer.read()
                return answer.status

        await asyncio.gather(*(one() for _ in range(count)))


@contextmanager
def _vendor() -> Iterator[Running]:
    port = free_port()
    with process_of(["-m", "bench.budgets.vendor", str(port)], {}) as process:
        wait_for(f"http://127.0.0.1:{port}/asked", process)
        yield Running(url=f"http://127.0.0.1:{port}", pid=process.pid)


def _asked(vendor: Running) -> int:
    with urllib.request.urlopen(f"{vendor.url}/asked", timeout=5) as answer:  # noqa: S310  loopback
        return int(answer.read())


if __name__ == "__main__":
    main()
