"""`python -m bench.panels --prometheus PATH`: whether every panel of deploy/grafana has data after a drill.

Starts the simulated vendors, the gateway with two workers and a real Prometheus that reads it each second; plays
failures, breaks a stream off, spends a budget; then asks Prometheus each panel's query. Ends with 1 when one is empty.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.processes import ROOT, Running, free_port, gateway, operate, simulator, wait_for

TOKEN = "only-for-the-drill-of-panels"  # noqa: S105  guards nothing
PLAYED_S = 90.0
RATE_INTERVAL = "30s"
SEED = """
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from llm.models import Budget, Limit, Provider, Reconciliation
from llm.services.wallets.entries import declare
Provider.objects.update(account="shared")
declare("shared", Decimal(0), by="drill")
Budget.objects.create(name="month", usd=Decimal(100))
Limit.objects.create(name="guest", scope="tag", target="guest", requests_per_minute=1)
now = datetime.now(UTC)
Reconciliation.objects.create(account="shared", day=now.date() - timedelta(days=1), at=now, source="drill",
    ours_usd=1, theirs_usd=1, unexplained_usd=0, share=0.002)
"""
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ['{rules}']
scrape_configs:
  - job_name: djobea
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ['{target}']}}]
"""


def main() -> int:
    """The drill. Prints the panels without data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prometheus", default="prometheus", help="the program")
    options = parser.parse_args()
    variables = {"METRICS_TOKEN": TOKEN}
    with (
        simulator() as vendors,
        gateway(vendors, database_url="", workers=2, everyone=True, variables=variables) as own,
    ):
        _call(own)  # makes the environment's providers
        operate(own, "shell", "--no-imports", "-c", SEED)
        with _prometheus(options.prometheus, own) as url:
            _play(vendors, own)
            empty = [name for name, query in panels() if not _has_data(url, query)]
    print(f"{len(panels()) - len(empty)} of {len(panels())} queries have data")
    for name in empty:
        print(f"no data: {name}")
    return 1 if empty else 0


def panels() -> list[tuple[str, str]]:
    """The name and the query of each target of each panel."""
    return [
        (f"{path.stem}: {panel['title']}", target["expr"].replace("$__rate_interval", RATE_INTERVAL))
        for path in sorted((ROOT / "deploy" / "grafana").glob("*.json"))
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
    ]


@contextlib.contextmanager
def _prometheus(program: str, own: Running) -> Iterator[str]:
    """A Prometheus that reads the gateway: its address."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        rules, target = ROOT / "deploy" / "prometheus" / "alerts.yml", urllib.parse.urlsplit(own.url).netloc
        config = Path(folder) / "prometheus.yml"
        config.write_text(CONFIG.format(rules=rules, token=TOKEN, target=target))
        command = [
            *(program, f"--config.file={config}", f"--storage.tsdb.path={folder}/data"),
            *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"),
        ]
        process = subprocess.Popen(command)  # noqa: S603  the operator's own program
        try:
            wait_for(f"http://127.0.0.1:{port}/-/ready", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _play(vendors: Running, own: Running) -> None:
    faults = ("rate_limited", "server_error", "ok", "cut", "credit", "ok")
    begun, place = time.monotonic(), 0
    while time.monotonic() - begun < PLAYED_S:
        fault = faults[int((time.monotonic() - begun) / 5) % len(faults)]
        _post(f"{vendors.url}/_sim/claude/fault", {"fault": fault, "times": 2} if fault != "ok" else "ok", {})
        _call(own, stream=place % 2 == 0, tag="guest" if place % 5 == 0 else "")
        place += 1
    operate(own, "shell", "--no-imports", "-c", "from llm.services.retention import roll_up; roll_up()")
    _call(own)
    time.sleep(8)


def _call(own: Running, *, stream: bool = False, tag: str = "") -> None:
    body = {"model": "default", "stream": stream, "messages": [{"role": "user", "content": "Bonjour !"}]}
    headers = {"Authorization": f"Bearer {own.key}", **({"X-LLM-Tags": tag} if tag else {})}
    _post(f"{own.url}/v1/chat/completions", body, headers)


def _post(url: str, body: Any, headers: dict[str, str]) -> None:
    """Sends JSON and reads the answer; a refusal is an answer, too."""
    headers = {"Content-Type": "application/json", **headers}
    with contextlib.suppress(urllib.error.HTTPError):
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  loopback
            answer.read()


def _has_data(url: str, query: str) -> bool:
    asked = urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(f"{url}/api/v1/query?{asked}", timeout=30) as answer:  # noqa: S310  loopback
        result = json.load(answer)["data"]["result"]
    return any(value["value"][1] != "NaN" for value in result)


if __name__ == "__main__":
    sys.exit(main())
