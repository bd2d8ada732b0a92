"""`python -m bench.ingest`: finished records through the real call log into PostgreSQL, with indexes and partitions.

A process of its own journals and stores records as fast as it can. With `--kill-every S` it is killed by SIGKILL every
S seconds, and the next one recovers what it left. Every record that `write` accepted is compared with the rows.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.processes import ROOT

BACKLOG = 5_000
"""The writing process waits while more records than these are on their way."""
CHILD = """
import os, sys, time
import django
django.setup()
from dataclasses import replace
from datetime import UTC, datetime
from llm.core.calls import Attempt, Caller, CallInfo, CallRecord, CallStatus, Outcome, Trail
from llm.core.chat.response import Usage
from llm.ids import uuid7
from llm.stores.calls.log import DatabaseCallLog

until = time.monotonic() + float(sys.argv[2])
log = DatabaseCallLog()
log.start()
accepted = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
caller = Caller(consumer="bench", key_id="0" * 32, origin="api")
usage = Usage(input=900, output=120, cached=300)
attempt = Attempt(seq=1, provider="claude", kind="claude", model="claude-sonnet-5-5", outcome=Outcome.OK,
                  started_at=datetime.now(UTC), duration_s=0.8, usage=usage,
                  vendor_request_id="req_011CSHoEeqs5C35K2UUqR7Fy")
failed = replace(attempt, outcome=Outcome.FAILED, usage=Usage())
print("ready", flush=True)
sys.stdin.readline()
used, count = time.process_time(), 0
while time.monotonic() < until:
    for _ in range(50):
        now = datetime.now(UTC)
        call_id = str(uuid7(now))
        call = CallInfo(id=call_id, request_id=call_id, route="default", caller=caller, stream=False, started_at=now)
        attempts = (replace(attempt, started_at=now),)
        if count % 10 == 0:
            attempts = (replace(failed, started_at=now), replace(attempt, seq=2, started_at=now))
        log.write_sync(CallRecord(call=call, status=CallStatus.OK, provider="claude", model="claude-sonnet-5-5",
                                  trail=Trail(attempts=attempts), elapsed_s=0.8))
        os.write(accepted, (call_id + chr(10)).encode())
        count += 1
    while log.backlog() > int(sys.argv[3]):
        time.sleep(0.005)
log.flush(60)
print(count, time.process_time() - used, flush=True)
sys.stdin.readline()
log.stop()
"""
SETTLE = "from llm.stores.calls.log import recover; recover()"
MARKS = "from llm.services import retention; retention.roll_up()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`per_core` is records a CPU second of the writing process, `with_database` of it and PostgreSQL's process for it.

    Both are None when it was killed. `doubled` are rows too many.
    """

    records: int
    kills: int
    wall_s: float
    per_second: float
    per_core: int | None
    with_database: int | None
    calls: int
    attempts: int
    lost: int
    doubled: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="how long records are written (30)")
    parser.add_argument("--kill-every", type=float, default=0, metavar="S", help="SIGKILL every S seconds")
    parser.add_argument("--postgres-url", default="postgres://postgres@127.0.0.1:5432/postgres", help="a server")
    parser.add_argument("--json", action="store_true", help="print JSON")
    words = parser.parse_args()
    with _database(words.postgres_url) as url, tempfile.TemporaryDirectory() as folder:
        result = _run(url, Path(folder), words.seconds, words.kill_every)
    fields = asdict(result)
    print(json.dumps(fields) if words.json else "  ".join(f"{name}={value}" for name, value in fields.items()))


def _run(url: str, folder: Path, seconds: float, kill_every: float) -> Result:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "djobea.settings",
        "LLM_JOURNAL_DIR": str(folder / "journal"),
        "LOG_LEVEL": "CRITICAL",
    }
    _manage(environment, "migrate", "--verbosity", "0")
    accepted, kills = folder / "accepted", 0
    rates: tuple[int | None, int | None] = (None, None)
    began = time.monotonic()
    while (left := seconds - (time.monotonic() - began)) > 0:
        command = [sys.executable, "-c", CHILD, str(accepted), str(left), str(BACKLOG)]
        with subprocess.Popen(  # noqa: S603  our own command
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018  by construction
            child.stdout.readline()
            child.stdin.write("go\n")
            child.stdin.flush()
            if kill_every and left > kill_every:
                time.sleep(kill_every)
                child.send_signal(signal.SIGKILL)
                kills += 1
                continue
            count, cpu_s = child.stdout.readline().split()
            if not kills:
                own_s = float(cpu_s)
                rates = round(int(count) / own_s), round(int(count) / (own_s + _database_cpu_s(url)))
            child.stdin.write("end\n")
            child.stdin.flush()
    wall_s = time.monotonic() - began
    _manage(environment, "shell", "--no-imports", "-c", SETTLE)
    _manage(environment, "shell", "--no-imports", "-c", MARKS)
    return _compare(url, accepted.read_text().split(), kills, wall_s, rates)


def _database_cpu_s(url: str) -> float:
    """CPU seconds of PostgreSQL's processes for this database; 0 when they run on another machine."""
    with psycopg.connect(url) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        pids = [pid for (pid,) in connection.execute(query).fetchall()]
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # utime and stime, proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def _compare(url: str, accepted: list[str], kills: int, wall_s: float, rates: tuple[int | None, int | None]) -> Result:
    with psycopg.connect(url) as connection:
        calls = [str(call_id) for (call_id,) in connection.execute("SELECT id FROM llm_call").fetchall()]
        attempts = connection.execute("SELECT call_id, seq FROM llm_attempt").fetchall()
    doubled = len(calls) - len(set(calls)) + len(attempts) - len(set(attempts))
    return Result(
        records=len(accepted),
        kills=kills,
        wall_s=round(wall_s, 1),
        per_second=round(len(accepted) / wall_s),
        per_core=rates[0],
        with_database=rates[1],
        calls=len(calls),
        attempts=len(attempts),
        lost=len(set(accepted) - set(calls)),
        doubled=doubled,
    )


def _manage(environment: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True)  # noqa: S603  our own


@contextmanager
def _database(server_url: str) -> Iterator[str]:
    name = f"djobea_ingest_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


if __name__ == "__main__":
    main()
