"""`python -m bench.store_outage`: what an outage of Redis costs under four workers, or at their start.

Steady load, Redis away in the middle, Redis back. While it is away, one worker hears from Claude that the credit is
used up and the others do not; agreement is when every worker that is asked says so, and none judges alone. Then the
product is started over a Redis that is well, one that is not there, and one that accepts and says nothing.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import aiohttp

from bench.clients import CLIENTS, ClientAnswer, Clients
from bench.own_redis import OwnRedis, own_redis
from bench.processes import Running, gateway, operate, simulator

WORKERS = 4
EVERY_S = 0.25
"""Seconds between two requests of a client."""
LOOK_EVERY_S = 0.05
LOOKS_S = 8.0
"""How long the workers are asked for their states after Redis is back; the promise is 5 s."""
PROMISED_ADDED_MS = 50
PROMISED_AGREEMENT_S = 5

Act = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Latencies of the answers to requests sent in it, in milliseconds. `failed`: no answer, or none by a vendor."""

    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    slowest_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOutage:
    """`agreed_after_s`: from Redis's return until the last answer of a worker that did not know what all know;
    None when some still did not at the end."""

    name: str
    before: Phase
    during: Phase
    after: Phase
    agreed_after_s: float | None

    @property
    def added_p99_ms(self) -> float:
        return self.during.p99_ms - self.before.p99_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """`first_ms`: the very first answer, which loads much. `shares_after_s`: from Redis's return until no worker
    judges alone."""

    name: str
    first_ms: float
    phase: Phase
    shares_after_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one worker, whichever took the request, says at `at` on the monotonic clock."""

    at: float
    claude: str
    alone: bool


def phase(answers: Sequence[ClientAnswer]) -> Phase:
    times = sorted(1000 * answer.elapsed_s for answer in answers) or [float("nan")]
    return Phase(
        requests=len(answers),
        failed=sum(answer.provider in ("", "static") for answer in answers),
        p50_ms=times[len(times) // 2],
        p99_ms=times[min(len(times) - 1, int(0.99 * len(times)))],
        slowest_ms=times[-1],
    )


class Watch:
    """Asks the product's workers for their states, each time on a new connection."""

    def __init__(self, session: aiohttp.ClientSession, product: Running) -> None:
        self._session, self._url = session, f"{product.url}/api/llm/status"
        self._headers = {"Authorization": f"Bearer {product.key}"}

    async def settled_after(self, wanted: Callable[[Look], bool], since: float) -> float | None:
        """Seconds from `since` until the last look that was not as `wanted`; None when the last one was not."""
        looks = []
        while time.monotonic() < since + LOOKS_S:
            looks.append(await self._look())
            await asyncio.sleep(LOOK_EVERY_S)
        if not all(map(wanted, looks[-3 * WORKERS :])):
            return None
        return max((look.at - since for look in looks if not wanted(look)), default=0.0)

    async def _look(self) -> Look:
        async with self._session.get(self._url, headers=self._headers) as response:
            status = await response.json()
        claude = next(one["state"] for one in status["providers"] if one["name"] == "claude")
        return Look(at=time.monotonic(), claude=claude, alone=status["alone_since"] is not None)


async def outage(name: str, clients: Clients, watch: Watch, *, away: Act, back: Act, seconds: float) -> StoreOutage:
    """One outage of `seconds`, with as long before and after it."""
    clients.answers.clear()
    asking = asyncio.create_task(_load(clients, 3 * seconds))
    await asyncio.sleep(seconds)
    begun = time.monotonic()
    await asyncio.to_thread(away)
    await asyncio.sleep(seconds / 2)
    await _one_worker_hears_of_no_credit(clients)
    await asyncio.sleep(begun + seconds - time.monotonic())
    await asyncio.to_thread(back)
    ended = time.monotonic()
    agreed = await watch.settled_after(lambda look: look.claude == "open" and not look.alone, ended)
    await asking
    return StoreOutage(
        name=name,
        before=phase([a for a in clients.answers if a.sent < begun]),
        during=phase([a for a in clients.answers if begun <= a.sent < ended]),
        after=phase([a for a in clients.answers if a.sent >= ended]),
        agreed_after_s=agreed,
    )


async def _load(clients: Clients, seconds: float) -> None:
    """A request every EVERY_S from each client, never two of one client at once."""
    until = time.monotonic() + seconds

    async def one(first: float) -> None:
        due = first
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await clients.ask()
            due = max(due + EVERY_S, time.monotonic())

    start = time.monotonic()
    await asyncio.gather(*(one(start + EVERY_S * place / CLIENTS) for place in range(CLIENTS)))


async def _one_worker_hears_of_no_credit(clients: Clients) -> None:
    await clients.break_claude("credit")
    broken = time.monotonic()
    while not any(answer.sent >= broken and answer.attempts > 1 for answer in clients.answers):
        await asyncio.sleep(0.01)
    await clients.heal_claude()


async def boot(name: str, vendors: Running, redis: OwnRedis, database_url: str, *, back: Act, seconds: float) -> Boot:
    """The product starts without Redis and serves; then Redis comes back."""
    with gateway(vendors, database_url=database_url, redis_url=redis.url, workers=WORKERS, everyone=True) as product:
        async with _session() as session:
            clients, watch = Clients(session, product, vendors), Watch(session, product)
            first = await clients.ask()
            await clients.burst(10 * WORKERS)  # every worker loads its SDKs before the clock starts
            clients.answers.clear()
            await _load(clients, seconds)
            quiet = phase(clients.answers)
            await asyncio.to_thread(back)
            shares = await watch.settled_after(lambda look: not look.alone, time.monotonic())
    return Boot(name=name, first_ms=1000 * first.elapsed_s, phase=quiet, shares_after_s=shares)


def _session() -> aiohttp.ClientSession:
    """A connection for every request, so that every worker gets some."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), timeout=aiohttp.ClientTimeout(total=70)
    )


async def outages(vendors: Running, redis: OwnRedis, database_url: str, *, seconds: float) -> list[StoreOutage]:
    """Paused, then killed, on one product that has been started with its Redis well."""
    found = []
    with gateway(vendors, database_url=database_url, redis_url=redis.url, workers=WORKERS, everyone=True) as product:
        async with _session() as session:
            clients, watch = Clients(session, product, vendors), Watch(session, product)
            await clients.burst(10 * WORKERS)
            await asyncio.sleep(3)
            for name, away, back in (
                ("paused", redis.pause, redis.go_on),
                ("killed", redis.kill, redis.start),
            ):
                found.append(await outage(name, clients, watch, away=away, back=back, seconds=seconds))
                await asyncio.to_thread(operate, product, "llm_reset", "claude")
                await asyncio.sleep(2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.store_outage", description=__doc__)
    parser.add_argument("--database-url", default="", help="DATABASE_URL of the gateway (a temporary SQLite file)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each part (10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    with simulator() as vendors, own_redis() as redis:
        redis.start()
        parts = asyncio.run(outages(vendors, redis, words.database_url, seconds=words.seconds))
        boots = []
        for name, away, back in (
            ("well", _nothing, _nothing),
            ("not there", redis.kill, redis.start),
            ("silent", redis.pause, redis.go_on),
        ):
            away()
            starting = boot(name, vendors, redis, words.database_url, back=back, seconds=words.seconds)
            boots.append(asyncio.run(starting))
    if words.json:
        added = [{**asdict(part), "added_p99_ms": part.added_p99_ms} for part in parts]
        print(json.dumps({"outages": added, "boots": [asdict(one) for one in boots]}))
    else:
        _print(parts, boots, seconds=words.seconds)


def _nothing() -> None:
    """Redis stays as it is."""


def _print(parts: Sequence[StoreOutage], boots: Sequence[Boot], *, seconds: float) -> None:
    rate = f"{1 / EVERY_S:.0f} requests a second each"
    print(f"{WORKERS} workers, {CLIENTS} clients with {rate}, parts of {seconds:.0f} s\n")
    print(f"{'':30}{'requests':>9}{'failed':>8}{'p50':>9}{'p99':>9}{'slowest':>9}")
    for part in parts:
        for when in ("before", "during", "after"):
            _row(f"Redis {part.name}: {when}", getattr(part, when))
        promise = f"promised: {PROMISED_ADDED_MS} ms, {PROMISED_AGREEMENT_S} s"
        print(f"  added p99 {part.added_p99_ms:.0f} ms; agreed {_after(part.agreed_after_s)} ({promise})")
    for one in boots:
        _row(f"started, Redis {one.name}", one.phase)
        print(f"  the very first answer {one.first_ms:.0f} ms; shared {_after(one.shares_after_s)}")


def _row(name: str, one: Phase) -> None:
    print(
        f"{name:30}{one.requests:>9}{one.failed:>8}{one.p50_ms:>6.0f} ms{one.p99_ms:>6.0f} ms{one.slowest_ms:>6.0f} ms"
    )


def _after(seconds: float | None) -> str:
    return "never in the time that was given" if seconds is None else f"{seconds:.2f} s after Redis came back"


if __name__ == "__main__":
    main()
