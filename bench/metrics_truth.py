"""`python -m bench.metrics_truth`: whether /metrics equals the call log after a kill, and what junk names add.

Starts the simulated vendors and the gateway with four workers on a database of its own; makes 10,000 calls, kills a
worker with SIGKILL on the way; compares every counter of calls, attempts and failovers with the rows. Then sends
10,000 calls with names that do not exist, and compares the series. Ends with 1 when either differs.
"""

import argparse
import itertools
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from bench.processes import Running, gateway, operate, simulator

TOKEN = "only-for-the-bench-of-metrics"  # noqa: S105  guards nothing
COUNTED = ("llm_calls_total", "llm_attempts_total", "llm_failovers_total")
SETTLES_S = 120.0
LOGGED = """
import json
from django.db.models import Count
from llm.models import Attempt, Call
from llm.stores.usage.rows import TEST_ORIGINS
calls = Call.objects.exclude(origin__in=TEST_ORIGINS)
rows = [["llm_calls_total", s, n] for s, n in calls.values_list("status").annotate(n=Count("pk"))]
kinds = Attempt.objects.values_list("error_class", "outcome", "provider").annotate(n=Count("pk"))
rows += [["llm_attempts_total", *row] for row in kinds]
moved = calls.filter(fallback=True).values_list("failover_from", "provider", "failover_why").annotate(n=Count("pk"))
rows += [["llm_failovers_total", *row] for row in moved]
print(json.dumps(rows))
"""


def main() -> int:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--database-url", default="", help="empty: SQLite in a folder of its own")
    options = parser.parse_args()
    variables = {"METRICS_TOKEN": TOKEN}
    with (
        simulator() as vendors,
        gateway(
            vendors, database_url=options.database_url, workers=options.workers, everyone=True, variables=variables
        ) as own,
    ):
        _post(vendors.url, "/_sim/all/reply", {"text": "One two", "chunks": 2, "chunk_delay": 0, "latency": 0})
        _post(vendors.url, "/_sim/claude/fault", {"fault": "server_error", "times": 3})
        took, lost = _load(own, options.calls, kill=True)
        same, differing = _settled(own)
        sums = {name: sum(value for key, value in same.items() if key[0] == name) for name in COUNTED}
        print(f"{options.calls} calls on {options.workers} workers with a kill: {took:.0f} s, {lost} connections lost")
        print("database up:", _scraped(own).get(("llm_database_up",)))
        print(f"counters: {json.dumps(sums)}; differing from the call log: {differing or 'none'}")
        before = set(_scraped(own))
        _load(own, options.calls, kill=False, junk=True)
        added = set(_scraped(own)) - before
        print(f"series: {len(before)}; added by {options.calls} junk names: {len(added)} {sorted(added)[:5]}")
    return int(bool(differing or added))


def _load(own: Running, calls: int, *, kill: bool, junk: bool = False) -> tuple[float, int]:
    """Seconds taken, and the calls whose connection broke."""
    began, done = time.monotonic(), itertools.count(1)
    victim = _worker(own.pid) if kill else 0

    def ask(place: int) -> int:
        name = f"junk-{place}" if junk else "default"
        body = {"model": name, "messages": [{"role": "user", "content": "Bonjour"}], "stream": place % 2 == 0}
        headers = {"X-Request-ID": f"junk-{place}", "X-LLM-Tags": f"junk-{place}"} if junk else {}
        try:
            _post(own.url, "/v1/chat/completions", body, key=own.key, headers=headers)
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            return 1
        finally:
            if next(done) == calls // 3 and victim:
                os.kill(victim, signal.SIGKILL)
        return 0

    with ThreadPoolExecutor(16) as pool:
        lost = sum(pool.map(ask, range(calls)))
    return time.monotonic() - began, lost


def _settled(own: Running) -> tuple[dict[tuple[str, ...], float], list[Any]]:
    """The counters once they are those of the log, and what still differs after two minutes."""
    ends = time.monotonic() + SETTLES_S
    while True:
        counted = {key: value for key, value in _scraped(own).items() if key[0] in COUNTED and value}
        rows = json.loads(operate(own, "shell", "--no-imports", "-c", LOGGED).strip().splitlines()[-1])
        logged = {tuple(key): float(number) for *key, number in rows}
        differing = sorted(set(counted.items()) ^ set(logged.items()))
        if not differing or time.monotonic() > ends:
            return counted, differing
        time.sleep(2)


def _scraped(own: Running) -> dict[tuple[str, ...], float]:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    request = urllib.request.Request(f"{own.url}/metrics", headers=bearer)  # noqa: S310  loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  loopback
        families = text_string_to_metric_families(answer.read().decode())
    return {
        (one.name, *(value for _, value in sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def _worker(pid: int) -> int:
    """A process at the end of the server's tree: one that serves calls."""
    children = _children(pid)
    above = next((child for child in children if _children(child)), None)
    return children[0] if above is None else _worker(above)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _post(url: str, path: str, body: dict[str, Any], *, key: str = "", headers: dict[str, str] | None = None) -> bytes:
    given = {"Content-Type": "application/json", **(headers or {})}
    if key:
        given["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode(), given)  # noqa: S310  loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  loopback
        return bytes(answer.read())


if __name__ == "__main__":
    sys.exit(main())
