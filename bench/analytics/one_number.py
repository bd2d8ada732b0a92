"""Mixed calls with kill -9 in between: header, rows, sums, API, command and CSV must tell one number."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.processes import ROOT


def one_number(calls: int, kills: int) -> dict[str, Any]:
    """The sums in US dollars by where they are told, and whether they are one. Django is set up."""
    from llm.models import Call
    from llm.stores.calls import recovery
    from llm.stores.usage.rollup import roll_up

    chance = random.Random(11)  # noqa: S311  no secret
    with tempfile.TemporaryDirectory() as folder:
        headers, journal = Path(folder) / "headers", Path(folder) / "journal"
        headers.touch()
        for seed in range(kills + 1):
            done = _lines(headers)
            is_last = seed == kills
            part = calls - done if is_last else (calls - done) // (kills + 1 - seed)
            with _victim(part if is_last else 2 * part + 50, seed, headers, journal) as victim:
                while victim.poll() is None and (is_last or _lines(headers) < done + part):
                    time.sleep(0.01)
                victim.send_signal(signal.SIGKILL)
            # What the killed process left comes late: sums may exist already for its hours.
            if chance.random() < 0.5:
                roll_up()
            recovery.recover(journal)
            roll_up(datetime.now(UTC) - timedelta(hours=chance.randint(0, 5)))
        sums = _sums(dict(line.split() for line in headers.read_text().splitlines()))
    stored = Call.objects.count()
    return {
        "calls": stored,
        "kills": kills,
        **{k: str(v) for k, v in sums.items()},
        "one": len(set(sums.values())) == 1,
    }


def _victim(calls: int, seed: int, headers: Path, journal: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "bench.analytics.victim", str(calls), str(seed), str(headers)]
    environment = {**os.environ, "LLM_JOURNAL_DIR": str(journal)}
    return subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603  our own command


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def _sums(headers: dict[str, str]) -> dict[str, Decimal]:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from llm.models import Attempt, Call, UsageSum
    from llm.stores.usage.rollup import roll_up

    by_call = {str(pk): usd or Decimal(0) for pk, usd in Call.objects.values_list("pk", "cost_usd")}
    # A call that was killed before its answer went out has a row and no header.
    unseen = sum((usd for pk, usd in by_call.items() if pk not in headers), Decimal(0))
    client = Client(headers={"host": "localhost"})
    client.force_login(get_user_model().objects.create_superuser("counter"))
    now = datetime.now(UTC)
    period = {
        "from": (now - timedelta(days=3)).isoformat(),
        "to": (now + timedelta(hours=1)).isoformat(),
        "include": "test",
    }
    command = ["llm_usage", "--from", period["from"], "--to", period["to"], "--include-tests"]

    def api(**query: str) -> Any:
        return client.get("/api/llm/analytics", {**period, **query}).json()

    def ran(*options: str) -> str:
        out = io.StringIO()
        call_command(*command, *options, stdout=out)
        return out.getvalue()

    before = api()["totals"]["cost_usd"]
    roll_up(now + timedelta(hours=1))
    kept = UsageSum.objects.filter(cube="full", grain="hour").values_list("cost_nano", flat=True)
    exported: Any = client.get("/api/llm/calls/export")
    groups = [group["cost_usd"] for group in api(group_by="key,model")["groups"]]
    return {
        "headers": sum(map(Decimal, headers.values()), unseen),
        "call_rows": sum(by_call.values(), Decimal(0)),
        "attempt_rows": sum((usd or Decimal(0) for (usd,) in Attempt.objects.values_list("cost_usd")), Decimal(0)),
        "kept_sums": Decimal(sum(kept)).scaleb(-9),
        "api_before_the_last_roll_up": _decimal(before),
        "api": _decimal(api()["totals"]["cost_usd"]),
        "api_by_key_and_model": sum(map(_decimal, groups), Decimal(0)),
        "command": _decimal(json.loads(ran("--json"))["rows"][0]["cost_usd"]),
        "command_csv": _column(ran("--csv", "--by", "provider,day")),
        "export_csv": _column(
            client.get("/api/llm/analytics/export", {**period, "group_by": "route"}).content.decode()
        ),
        "calls_csv": _column(b"".join(exported.streaming_content).decode()),
    }


def _decimal(usd: float) -> Decimal:
    return Decimal(repr(usd)).quantize(Decimal("0.000000001"))


def _column(text: str) -> Decimal:
    return sum((Decimal(row["cost_usd"] or 0) for row in csv.DictReader(io.StringIO(text))), Decimal(0))
