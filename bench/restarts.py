"""What callers see of stops, of killed workers and of starts at once: `python -m bench.restarts WHAT`.

`stop`: SIGTERM while streams are open. `kills`: kill -9 of workers, also while they start and all at once, under a
constant load. `starts`: several products that start at once on an empty database, which `--database-url` names.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.processes import MAKE_KEY, ROOT, free_port

START_S = 240.0
TEXT = " ".join(f"word{number}" for number in range(40))
CHUNKS = 40
BODY = {"model": "default", "messages": [{"role": "user", "content": "Bonjour !"}]}
EVERY_S = 0.2
CALLERS = 5
KEY_KNOWN_S = 2.0
"""Until every worker knows a new key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A running `manage.py serve`."""

    process: "subprocess.Popen[str]"
    url: str
    vendors: str
    environment: dict[str, str]
    log: Path

    def manage(self, code: str) -> str:
        """What the code prints in Django's shell."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        return subprocess.run(  # noqa: S603  our own command
            command, cwd=ROOT, env=self.environment, text=True, capture_output=True, check=True
        ).stdout.strip()

    def template(self) -> int:
        """The process whose children are the workers."""
        return next(pid for pid in children(self.process.pid) if " serve " in command_line(pid))


def children(pid: int) -> list[int]:
    """The child processes of a process; [] when it is gone."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]


def command_line(pid: int) -> str:
    """The words of a process, each behind a blank."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def environment(folder: Path, database_url: str, **variables: str) -> dict[str, str]:
    """An environment of its own: simulated vendors, a new database unless one is named."""
    return {
        **os.environ,
        "DATABASE_URL": database_url or f"sqlite:///{folder}/restarts.sqlite3",
        "LLM_JOURNAL_DIR": str(folder / "journal"),
        "LLM_SIMULATOR": "on",
        "LLM_SIMULATOR_PORT": str(free_port()),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LLM_DEADLINE_S": "300",
        "LLM_STORE_PATIENCE_S": "2",  # a busy machine answers late; a new key is else unknown for a moment
        "NO_COLOR": "1",
        **variables,
    }


@contextmanager
def product(folder: Path, variables: dict[str, str], workers: int) -> Iterator[Product]:
    """Starts a product without waiting for it; ends it, and its children with it."""
    port = free_port()
    log = folder / f"{port}.log"
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", str(workers)],
            cwd=ROOT,
            env=variables,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
    vendors = f"http://127.0.0.1:{variables['LLM_SIMULATOR_PORT']}"
    try:
        yield Product(process=process, url=f"http://127.0.0.1:{port}", vendors=vendors, environment=variables, log=log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def ready(running: Product) -> bool:
    """Whether it serves within START_S."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and running.process.poll() is None:
        if "Ctrl-C ends it" in running.log.read_text():
            return True
        time.sleep(0.2)
    return False


async def stop(running: Product, streams: int, length_s: float, after_s: float) -> dict[str, object]:
    """SIGTERM `after_s` seconds after `streams` streams of `length_s` seconds have begun."""
    key = running.manage(MAKE_KEY).splitlines()[-1]
    await asyncio.sleep(KEY_KNOWN_S)
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        script = {"text": TEXT, "chunks": CHUNKS, "chunk_delay": length_s / CHUNKS}
        for vendor in ("claude", "gemini", "openai"):
            async with session.post(f"{running.vendors}/_sim/{vendor}/reply", json=script) as response:
                response.raise_for_status()
        reading = [asyncio.create_task(_stream(session, running.url)) for _ in range(streams)]
        await asyncio.sleep(after_s)
        begun = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        ends = Counter(await asyncio.gather(*reading))
        ended_s = time.monotonic() - begun
    code = await asyncio.to_thread(running.process.wait, 120)
    records = json.loads(running.manage(COUNT_RECORDS))
    log = running.log.read_text()
    return {
        "streams": dict(ends),
        "last_end_s": round(ended_s, 1),
        "exit_code": code,
        "records": records,
        "left_in_journal": sum(1 for path in Path(running.environment["LLM_JOURNAL_DIR"]).glob("*.jsonl")),
        "tracebacks": log.count("Traceback"),
    }


COUNT_RECORDS = (
    "import json; from django.db.models import Count; from llm.models import Call; "
    "print(json.dumps(dict(Call.objects.values_list('status').annotate(Count('pk')))))"
)


async def _stream(session: aiohttp.ClientSession, url: str) -> str:
    """How a stream ends for its caller: whole, told (an error event and a proper end), cut, or with another status."""
    try:
        async with session.post(f"{url}/v1/chat/completions", json={**BODY, "stream": True}) as response:
            if response.status != 200:
                return f"status {response.status}"
            text = (await response.read()).decode()
    except aiohttp.ClientError as error:
        return f"cut ({type(error).__name__})"
    if "data: [DONE]" in text and '"error"' not in text:
        return "whole"
    return "told" if '"error"' in text else "silent end"


async def kills(running: Product, count: int) -> dict[str, object]:
    """Kills workers in three ways by turns: one; one and its successor as it starts; all at once."""
    key = running.manage(MAKE_KEY).splitlines()[-1]
    await asyncio.sleep(KEY_KNOWN_S)
    waits: list[float] = []
    errors: Counter[str] = Counter()
    over = asyncio.Event()
    callers = [asyncio.create_task(_caller(running.url, key, waits, errors, over)) for _ in range(CALLERS)]
    template = running.template()
    workers = len(children(template))
    killed = 0
    while killed < count:
        await asyncio.sleep(1.0)
        await _answered(running.url)
        before = children(template)
        victims = before if killed % 3 == 2 else [random.choice(before)]  # noqa: S311  any of them
        killed += await _kill(template, victims, and_successor=killed % 3 == 1)
        while len(children(template)) < workers:
            await asyncio.sleep(0.02)
    await asyncio.sleep(3)
    over.set()
    await asyncio.gather(*callers)
    return {
        "kills": killed,
        "calls": len(waits),
        "longest_wait_s": round(max(waits), 2),
        "errors": dict(errors),
    }


async def _answered(url: str) -> None:
    """Returns when a request has been answered: one worker alone is else killed before it could serve anybody."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/livez"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def _kill(template: int, victims: list[int], *, and_successor: bool) -> int:
    before = set(children(template))
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    killed = len(victims)
    until = time.monotonic() + 3
    while and_successor and time.monotonic() < until:
        if fresh := set(children(template)) - before:
            os.kill(fresh.pop(), signal.SIGKILL)
            return killed + 1
        await asyncio.sleep(0.01)
    return killed


async def _caller(url: str, key: str, waits: list[float], errors: Counter[str], over: asyncio.Event) -> None:
    """Calls all the time, each time on a connection of its own."""
    headers = {"Authorization": f"Bearer {key}"}
    while not over.is_set():
        begun = time.monotonic()
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=60)) as session,
                session.post(f"{url}/v1/chat/completions", json=BODY) as response,
            ):
                await response.read()
                if response.status != 200:
                    errors[f"status {response.status}"] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            errors[type(error).__name__] += 1
        waits.append(time.monotonic() - begun)
        await asyncio.sleep(EVERY_S)


def starts(folder: Path, database_url: str, count: int) -> dict[str, object]:
    """Starts `count` products at once on one empty database."""
    variables = environment(folder, database_url)
    with ExitStack() as stack:
        running = [stack.enter_context(product(folder, variables, 1)) for _ in range(count)]
        serving = sum([ready(one) for one in running])
        for one in running:
            one.process.send_signal(signal.SIGTERM)
        codes = Counter(one.process.wait(120) for one in running)
        tracebacks = sum(one.log.read_text().count("Traceback") for one in running)
    found: dict[str, object] = {"serving": f"{serving} of {count}", "exit_codes": dict(codes), "tracebacks": tracebacks}
    if not database_url:
        with sqlite3.connect(f"{folder}/restarts.sqlite3") as database:
            rows = "SELECT count(*), count(DISTINCT app || name) FROM django_migrations"
            found["migrations_and_distinct"] = database.execute(rows).fetchone()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.restarts", description=__doc__)
    parser.add_argument("what", choices=["stop", "kills", "starts"])
    parser.add_argument("--workers", type=int, default=2, help="server processes (2)")
    parser.add_argument("--streams", type=int, default=50, help="stop: open streams (50)")
    parser.add_argument("--length", type=float, default=20.0, help="stop: seconds of a stream (20)")
    parser.add_argument("--after", type=float, default=3.0, help="stop: seconds from the streams to SIGTERM (3)")
    parser.add_argument("--drain", type=float, default=30.0, help="LLM_DRAIN_S (30)")
    parser.add_argument("--count", type=int, default=20, help="kills: how many (20); starts: how many products")
    parser.add_argument("--database-url", default="", help="DATABASE_URL (a temporary SQLite file)")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if words.what == "starts":
            print(json.dumps(starts(folder, words.database_url, words.count)))
            return
        variables = environment(folder, words.database_url, LLM_DRAIN_S=f"{words.drain:g}")
        with product(folder, variables, words.workers) as running:
            if not ready(running):
                raise SystemExit(f"The product did not start:\n{running.log.read_text()}")
            if words.what == "stop":
                print(json.dumps(asyncio.run(stop(running, words.streams, words.length, words.after))))
            else:
                print(json.dumps(asyncio.run(kills(running, words.count))))


if __name__ == "__main__":
    main()
