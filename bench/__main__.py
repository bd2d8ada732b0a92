"""`make bench`: what the gateway costs and adds, side by side with a direct SDK call, in one run.

Machines differ and are noisy: the ratios are what holds. `--requests`, `--at-once` and
`--database-url` change the run; `--json` is for scripts.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict

from bench.load import BODY, LoadFigures, figures, run
from bench.processes import Running, gateway, simulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--requests", type=int, default=400, help="requests of each run (400)")
    parser.add_argument("--at-once", type=int, default=8, help="requests in flight (8)")
    parser.add_argument("--database-url", default="", help="DATABASE_URL of the gateway (a temporary SQLite file)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    rows: dict[str, LoadFigures] = {}
    with simulator() as vendors:
        rows["anthropic SDK, no gateway"] = _direct(vendors, words.requests, words.at_once)
        with gateway(vendors, database_url=words.database_url) as product:
            rows["gateway, plain"] = _gateway(product, words.requests, words.at_once, stream=False)
            rows["gateway, stream"] = _gateway(product, words.requests, words.at_once, stream=True)
    if words.json:
        print(json.dumps({name: asdict(row) for name, row in rows.items()}))
    else:
        _print(rows, words.at_once)


def _direct(vendors: Running, requests: int, at_once: int) -> LoadFigures:
    command = [sys.executable, "-m", "bench.direct", f"{vendors.url}/claude", str(requests), str(at_once)]
    done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603  our own
    return figures(done["latencies"], elapsed_s=done["elapsed_s"], cpu_s=done["cpu_s"])


def _gateway(product: Running, requests: int, at_once: int, *, stream: bool) -> LoadFigures:
    url, headers = f"{product.url}/v1/chat/completions", {"Authorization": f"Bearer {product.key}"}
    body: dict[str, object] = {**BODY, "stream": stream}
    asyncio.run(run(url, headers, body, requests=2 * at_once, at_once=at_once))
    cpu, wall = product.cpu_s(), time.perf_counter()
    latencies = asyncio.run(run(url, headers, body, requests=requests, at_once=at_once))
    return figures(latencies, elapsed_s=time.perf_counter() - wall, cpu_s=product.cpu_s() - cpu)


def _print(rows: dict[str, LoadFigures], at_once: int) -> None:
    base = next(iter(rows.values()))
    print(f"{at_once} requests at once, 0 ms vendor, one worker, authentication and durable records on\n")
    print(f"{'':28}{'CPU ms':>8}{'ratio':>7}{'p50 ms':>9}{'ratio':>7}{'p99 ms':>9}{'req/s':>8}{'failed':>8}")
    for name, row in rows.items():
        print(
            f"{name:28}{row.cpu_ms:8.2f}{row.cpu_ms / base.cpu_ms:7.2f}{row.p50_ms:9.1f}"
            f"{row.p50_ms / base.p50_ms:7.2f}{row.p99_ms:9.1f}{row.per_second:8.0f}{row.failed:8d}"
        )
    print("\nCPU is that of the process that makes the vendor's call; ratio: against the first row, same run.")


if __name__ == "__main__":
    main()
