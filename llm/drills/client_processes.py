"""Client processes: each is `manage.py llm_drill --client`, with its own memory, on the drill's database.

All load first and start together, on a line on their standard input. Each prints a line of JSON per result.
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

from llm.drills.client import send_all
from llm.drills.drill import SendRequests
from llm.drills.report import VENDORS, ClientResult, Ending
from llm.services.probes.run import probe_sync

READY, GO = "ready", "go"
END_S = 120.0
"""Time limit of a process, added to the time over which it spreads its requests."""


class ClientFailed(Exception):
    """A client process ended early; the message is its stderr."""


def send_from_processes(act: SendRequests, *, port: int, manage: Path) -> tuple[ClientResult, ...]:
    """The results of all processes. `port` is the simulator's. Blocks until they end; raises ClientFailed."""
    environment = {**os.environ, "LLM_SIMULATOR_PORT": str(port)}
    command = [sys.executable, str(manage), "llm_drill", "--client", json.dumps(asdict(act))]
    with _running(command, environment, act.workers) as processes:
        for process in processes:
            if _pipe(process.stdout).readline().strip() != READY:
                raise ClientFailed(process.communicate(timeout=END_S)[1])
        for process in processes:
            _pipe(process.stdin).write(f"{GO}\n")
            _pipe(process.stdin).flush()
        return tuple(result for process in processes for result in _results(process, act))


@contextmanager
def _running(command: list[str], environment: dict[str, str], count: int) -> Iterator[list["subprocess.Popen[str]"]]:
    pipe = subprocess.PIPE
    processes: list[subprocess.Popen[str]] = []
    try:
        for _ in range(count):
            processes.append(
                subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)  # noqa: S603  this project's own command
            )
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _results(process: "subprocess.Popen[str]", act: SendRequests) -> list[ClientResult]:
    out, err = process.communicate(timeout=act.times * act.every_s + END_S)
    if process.returncode:
        raise ClientFailed(err)
    return [_decode(json.loads(line)) for line in out.splitlines()]


def _decode(fields: dict[str, object]) -> ClientResult:
    return ClientResult(
        ending=Ending(str(fields["ending"])),
        provider=str(fields["provider"]),
        elapsed_s=float(str(fields["elapsed_s"])),
    )


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise AssertionError("started with pipes")
    return stream


def run_client(text: str, commands: TextIO, out: TextIO) -> None:
    """The client process: sends the requests of `text`, a `SendRequests` as JSON, once `commands` has the line GO."""
    act = SendRequests(**json.loads(text))
    for name in VENDORS:
        probe_sync(name, by="drill")  # loads the vendors' SDKs before the clock starts
    _print(out, READY)
    if commands.readline().strip() != GO:
        return
    for result in send_all(act):
        _print(out, json.dumps(asdict(result)))


def _print(out: TextIO, line: str) -> None:
    out.write(line + "\n")
    out.flush()
