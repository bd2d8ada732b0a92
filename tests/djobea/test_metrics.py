"""Several workers, one of them killed: the counters of /metrics are those of the call log, whoever is asked."""

import os
import signal
import sqlite3
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.commands.running import Manage, finished
from tests.djobea.test_serve import children_of, post, proc, serving
from tests.waiting import eventually

TOKEN = "a-token-of-prometheus"
CALLS = 40


def scraped(port: int) -> dict[tuple[str, ...], float]:
    """Every series by its name and the values of its labels, in the order of the labels' names."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
        families = text_string_to_metric_families(answer.read().decode())
    return {
        (s.name, *(value for _, value in sorted(s.labels.items()))): s.value
        for family in families
        for s in family.samples
    }


def logged(database: Path) -> dict[tuple[str, ...], int]:
    """What the call log holds, under the names of the metrics."""
    with sqlite3.connect(database, timeout=30) as stored:
        calls = stored.execute("SELECT status, count(*) FROM llm_call GROUP BY 1").fetchall()
        attempts = "SELECT error_class, outcome, provider, count(*) FROM llm_attempt GROUP BY 1, 2, 3"
        failovers = (
            "SELECT failover_from, provider, failover_why, count(*) FROM llm_call WHERE fallback GROUP BY 1, 2, 3"
        )
        found = {("llm_calls_total", status): number for status, number in calls}
        found |= {("llm_attempts_total", *key): number for *key, number in stored.execute(attempts)}
        found |= {("llm_failovers_total", *key): number for *key, number in stored.execute(failovers)}
    stored.close()
    return found


def counted(port: int) -> dict[tuple[str, ...], float]:
    names = ("llm_calls_total", "llm_attempts_total", "llm_failovers_total")
    return {key: value for key, value in scraped(port).items() if key[0] in names and value}


@proc
@pytest.mark.timeout(300)
def test_after_a_kill_the_sums_of_four_workers_are_those_of_the_call_log(manage: Manage, tmp_path: Path) -> None:
    process, port, simulator_port, _ = serving(manage, "--workers", "4", "--no-worker", METRICS_TOKEN=TOKEN)
    key = finished(manage("llm_keys", "create", "--user", "admin")).out.split()[0]
    post(simulator_port, "/_sim/claude/fault", {"fault": "credit", "times": 3})
    post(simulator_port, "/_sim/all/reply", {"text": "One two three", "chunks": 3, "chunk_delay": 0.02, "latency": 0})
    say = {"model": "default", "messages": [{"role": "user", "content": "Bonjour !"}]}

    def ask(place: int) -> None:
        with suppress(OSError):  # its worker was killed
            post(port, "/v1/chat/completions", {**say, "stream": place % 2 == 0}, key)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, place) for place in range(CALLS)]
        assert eventually(lambda: sum(one.done() for one in asked) > CALLS // 3, within_s=90)
        (template,) = [child for child in children_of(process.pid) if children_of(child)]
        os.kill(children_of(template)[0], signal.SIGKILL)
    assert eventually(lambda: len(children_of(template)) == 4 and scraped(port)["llm_processes",] >= 4)
    assert eventually(lambda: counted(port) == logged(tmp_path / "alone.sqlite3"), within_s=60)
    seen = counted(port)
    assert Counter(name for name, *_ in seen)["llm_failovers_total"] > 0
    assert scraped(port)["llm_in_flight",] == 0
    process.send_signal(signal.SIGTERM)
    assert finished(process).code == 0
