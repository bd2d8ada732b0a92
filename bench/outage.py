"""`python -m bench.outage`: what an outage of Claude, and then one credit error, cost on four workers.

Part one: 503 for a minute, one request a second from each of four clients; then Claude is well, and after
its first answer the clients ask faster, so that the shares of its return can be counted. Part two: out
of credit, one request, and 200 more: at once, and after the second that the news has to spread.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import aiohttp

from bench.clients import CLIENTS, ClientAnswer, Clients
from bench.processes import Running, gateway, operate, simulator

WORKERS = 4
STEP_S = 5.0
STEPS = ("10 %", "25 %", "50 %", "100 %")
RETURN_EVERY_S = 0.2
"""Seconds between two requests of a client once Claude has answered again."""
CLOSING_S = 6.0
"""Time enough for its second answer, which closes the circuit."""
LAST_CLOSED = (
    "from llm.models import CircuitEvent as e; "
    "print(e.objects.filter(provider='claude', after='closed').latest('at').at.timestamp())"
)
RETURN_S = 330.0
"""The longest wait for Claude's return: the longest open time, 300 s and a tenth."""
SPREAD_S = 1.0
"""The time within which a failure seen by one worker spares all others, over the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Part one. `shares`: of the traffic, in each step of Claude's return, from 0 to 1."""

    requests: int
    answered: int
    static: int
    calls_to_claude: int
    probes_of_claude: int
    slowest_s: float
    serves_again_after_s: float
    shares: tuple[float, ...]
    step_requests: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Part two. `calls_to_claude` leaves out the one that brought the news; `last_after_s`: when, after that one."""

    requests: int
    answered: int
    calls_to_claude: int
    last_after_s: float


async def outage(clients: Clients, product: Running, *, seconds: float) -> Outage:
    """Part one, over running vendors and product."""
    asking = [asyncio.create_task(clients.keep_asking()) for _ in range(CLIENTS)]
    await asyncio.sleep(5)
    clients.answers.clear()
    before, probes = await clients.calls(), await clients.calls("models")
    await clients.break_claude("unavailable")
    await asyncio.sleep(seconds)
    calls = await clients.calls() - before
    during = list(clients.answers)
    healed = time.monotonic()
    await clients.heal_claude()
    probes = await clients.calls("models") - probes
    closed = await _closed_at(clients, product, healed)
    clients.stop()
    await asyncio.gather(*asking)
    steps = [_between(clients.answers, closed, place) for place in range(len(STEPS))] if closed is not None else []
    everything = clients.answers
    return Outage(
        requests=len(everything),
        answered=sum(bool(answer.provider) for answer in everything),
        static=Counter(answer.provider for answer in everything)["static"],
        calls_to_claude=calls,
        probes_of_claude=probes,
        slowest_s=max(answer.elapsed_s for answer in during),
        serves_again_after_s=_first_from_claude(everything, healed) - healed,
        shares=tuple(sum(a.provider == "claude" for a in step) / max(1, len(step)) for step in steps),
        step_requests=tuple(len(step) for step in steps),
    )


async def _closed_at(clients: Clients, product: Running, healed: float) -> float | None:
    """Waits for Claude's return; when its circuit closed, by the event row, on the monotonic clock. None: never."""
    while _first_from_claude(clients.answers, healed) == float("inf"):
        if time.monotonic() > healed + RETURN_S:
            return None
        await asyncio.sleep(0.02)
    clients.every_s = RETURN_EVERY_S
    await asyncio.sleep(CLOSING_S + STEP_S * len(STEPS))
    printed = await asyncio.to_thread(operate, product, "shell", "--no-imports", "-c", LAST_CLOSED)
    at = float(printed.strip().splitlines()[-1])
    return at - time.time() + time.monotonic()


def _first_from_claude(answers: Sequence[ClientAnswer], since: float) -> float:
    times = (a.sent + a.elapsed_s for a in answers if a.sent >= since and a.provider == "claude")
    return min(times, default=float("inf"))


def _between(answers: Sequence[ClientAnswer], closed: float, place: int) -> list[ClientAnswer]:
    start = closed + STEP_S * place
    return [a for a in answers if start <= a.sent < start + STEP_S]


async def credit(clients: Clients, *, spread_s: float, requests: int = 200) -> Credit:
    """Part two, from a circuit that is closed."""
    await clients.break_claude("credit")
    before = await clients.calls()
    while await clients.calls() == before:
        await clients.ask()
    first, first_at = await clients.calls(), time.monotonic()
    await asyncio.sleep(spread_s)
    answers = await clients.burst(requests)
    return Credit(
        requests=len(answers),
        answered=sum(bool(answer.provider) for answer in answers),
        calls_to_claude=await clients.calls() - first,
        last_after_s=max((a.sent - first_at for a in answers if a.attempts > 1), default=0.0),
    )


async def measure(vendors: Running, product: Running, *, seconds: float) -> tuple[Outage, Credit, Credit]:
    """Both parts; between the credit errors Claude's circuit is closed by a reset."""
    connector = aiohttp.TCPConnector(force_close=True)
    timeout = aiohttp.ClientTimeout(total=70)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        clients = Clients(session, product, vendors)
        await clients.burst(10 * WORKERS)  # every worker loads its SDKs and connects before the clock starts
        first = await outage(clients, product, seconds=seconds)
        at_once = await credit(clients, spread_s=0.0)
        await clients.heal_claude()
        await asyncio.to_thread(operate, product, "llm_reset", "claude")
        await asyncio.sleep(2 * SPREAD_S)
        later = await credit(clients, spread_s=SPREAD_S)
    return first, at_once, later


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.outage", description=__doc__)
    parser.add_argument("--database-url", default="", help="DATABASE_URL of the gateway (a temporary SQLite file)")
    parser.add_argument("--redis-url", default="", help="REDIS_URL of the gateway (none)")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the outage (60)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    with (
        simulator() as vendors,
        gateway(
            vendors, database_url=words.database_url, redis_url=words.redis_url, workers=WORKERS, everyone=True
        ) as product,
    ):
        first, at_once, later = asyncio.run(measure(vendors, product, seconds=words.seconds))
    if words.json:
        parts = {"outage": asdict(first), "credit_at_once": asdict(at_once), "credit_later": asdict(later)}
        print(json.dumps(parts))
    else:
        _print(first, at_once, later, seconds=words.seconds)


def _print(first: Outage, at_once: Credit, later: Credit, *, seconds: float) -> None:
    print(f"{WORKERS} workers, {CLIENTS} clients with a request a second each, Claude down (503) for {seconds:.0f} s\n")
    rows = [
        ("calls that Claude saw while down", f"{first.calls_to_claude}, and {first.probes_of_claude} unbilled probes"),
        ("requests answered", f"{first.answered} of {first.requests}, {first.static} by the static tier"),
        ("slowest answer while it was down", f"{1000 * first.slowest_s:.0f} ms"),
        ("Claude serves again after", f"{first.serves_again_after_s:.1f} s"),
    ]
    for name, share, count in zip(STEPS, first.shares, first.step_requests, strict=False):
        rows.append((f"its share in the step of {name}", f"{100 * share:.0f} % of {count} requests"))
    for name, part in (("at once", at_once), (f"{SPREAD_S:.0f} s later", later)):
        rows.append(
            (f"after one credit error, {name}", f"{part.calls_to_claude} paid calls in {part.requests}{_last(part)}")
        )
    for name, value in rows:
        print(f"{name:38}{value}")


def _last(part: Credit) -> str:
    return f", the last after {part.last_after_s:.1f} s" if part.calls_to_claude else ""


if __name__ == "__main__":
    main()
