"""Worker processes that ask: each is `manage.py llm_drill --asking`, with a memory of its own and the drill's database.

They load first and start together, at a word on their standard input; a line of JSON tells each answer.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, TextIO

from llm.drills.asking import ask_often
from llm.drills.drill import Ask
from llm.drills.report import VENDORS, Ending, Got
from llm.services.probes.run import probe_sync

READY, GO = "ready", "go"
END_S = 120.0
"""How long a worker may take beyond the time that its requests are spread over."""


class AskerFailed(Exception):
    """A worker process ended early; the message is its last words."""


def ask_from_processes(ask: Ask, *, port: int, manage: Path) -> tuple[Got, ...]:
    """The answers that all workers got. `port` is the simulator's. Raises AskerFailed."""
    told = {**os.environ, "LLM_SIMULATOR_PORT": str(port)}
    words = [sys.executable, str(manage), "llm_drill", "--asking", json.dumps(asdict(ask))]
    with _started(words, told, ask.workers) as processes:
        for process in processes:
            if _pipe(process.stdout).readline().strip() != READY:
                raise AskerFailed(process.communicate(timeout=END_S)[1])
        for process in processes:
            _pipe(process.stdin).write(f"{GO}\n")
            _pipe(process.stdin).flush()
        return tuple(got for process in processes for got in _finished(process, ask))


@contextmanager
def _started(words: list[str], told: dict[str, str], count: int) -> Iterator[list["subprocess.Popen[str]"]]:
    pipe = subprocess.PIPE
    processes: list[subprocess.Popen[str]] = []
    try:
        for _ in range(count):
            processes.append(
                subprocess.Popen(words, env=told, stdin=pipe, stdout=pipe, stderr=pipe, text=True)  # noqa: S603  ourselves
            )
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _finished(process: "subprocess.Popen[str]", ask: Ask) -> list[Got]:
    out, err = process.communicate(timeout=ask.times * ask.every_s + END_S)
    if process.returncode:
        raise AskerFailed(err)
    return [_got(json.loads(line)) for line in out.splitlines()]


def _got(told: dict[str, object]) -> Got:
    return Got(
        ending=Ending(str(told["ending"])), provider=str(told["provider"]), elapsed_s=float(str(told["elapsed_s"]))
    )


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise AssertionError("started with pipes")
    return stream


def answer_for(words: str, orders: TextIO, out: TextIO) -> None:
    """The worker's side: asks as `words` (an `Ask` as JSON) says, once `orders` has a line."""
    ask = Ask(**json.loads(words))
    for name in VENDORS:
        probe_sync(name, by="drill")  # loads the vendors' SDKs before the clock starts
    _say(out, READY)
    if orders.readline().strip() != GO:
        return
    for got in ask_often(ask):
        _say(out, json.dumps(asdict(got)))


def _say(out: TextIO, line: str) -> None:
    out.write(line + "\n")
    out.flush()
