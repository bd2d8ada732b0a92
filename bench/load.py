"""Load: the same chat requests, a number at a time, with every latency kept."""

import asyncio
import time
from dataclasses import dataclass

import aiohttp

BODY = {"model": "default", "messages": [{"role": "user", "content": "Where is the main water valve?"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFigures:
    """What a run brought. Latencies in milliseconds, CPU in milliseconds a request."""

    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    per_second: float
    cpu_ms: float


async def run(
    url: str, headers: dict[str, str], body: dict[str, object], *, requests: int, at_once: int
) -> list[float]:
    """Sends `requests` POSTs, `at_once` in flight; the latencies in seconds, negative for a failed one."""
    left = iter(range(requests))
    latencies: list[float] = []
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(
        headers=headers, timeout=timeout, connector=aiohttp.TCPConnector(limit=at_once)
    ) as session:

        async def one() -> None:
            for _ in left:
                started = time.perf_counter()
                async with session.post(url, json=body) as response:
                    await response.read()
                    taken = time.perf_counter() - started
                    latencies.append(taken if response.status == 200 else -taken)

        await asyncio.gather(*(one() for _ in range(at_once)))
    return latencies


def figures(latencies: list[float], *, elapsed_s: float, cpu_s: float) -> LoadFigures:
    """The run's latencies as figures."""
    good = sorted(1000 * taken for taken in latencies if taken >= 0) or [float("nan")]
    return LoadFigures(
        requests=len(latencies),
        failed=sum(taken < 0 for taken in latencies),
        p50_ms=good[len(good) // 2],
        p99_ms=good[min(len(good) - 1, int(0.99 * len(good)))],
        per_second=len(latencies) / elapsed_s,
        cpu_ms=1000 * cpu_s / max(1, len(latencies)),
    )
