"""The named alternative: an application that calls one vendor itself, through anthropic's SDK, in its own process.

No fallback, no records, no authentication: what a call costs at the very least when the SDK makes it.
Run as `python -m bench.direct URL REQUESTS AT_ONCE`; prints one JSON object.
"""

import asyncio
import json
import sys
import time

import anthropic


async def measure(url: str, requests: int, at_once: int) -> dict[str, object]:
    client = anthropic.AsyncAnthropic(api_key="simulated-key", base_url=url, max_retries=0)
    left = iter(range(requests))
    latencies: list[float] = []

    async def one() -> None:
        for _ in left:
            started = time.perf_counter()
            await client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=1024,
                messages=[{"role": "user", "content": "Where is the main water valve?"}],
                timeout=30,
            )
            latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(one() for _ in range(at_once)))  # warm: the first calls build connections
    latencies.clear()
    left = iter(range(requests))
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(one() for _ in range(at_once)))
    return {
        "latencies": latencies,
        "cpu_s": time.process_time() - cpu,
        "elapsed_s": time.perf_counter() - wall,
    }


if __name__ == "__main__":
    address, count, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    json.dump(asyncio.run(measure(address, count, width)), sys.stdout)
