"""The systems under measurement: each runs a job and gives its row."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from bench.cost import machine
from bench.cost.databases import POSTGRESQL, Database
from bench.cost.figures import Row, Setting, Use, row
from bench.cost.load import Job, Sample, ask_a_server
from bench.processes import Running, free_port, gateway, process_of, wait_for

AIOHTTP, ANTHROPIC_SDK, BARE_DOOR, GATEWAY = "aiohttp alone", "anthropic SDK alone", "bare ASGI door", "gateway"


class System(Protocol):
    """Something that asks the vendor."""

    @property
    def setting(self) -> Setting: ...

    def measure(self, job: Job) -> Row: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program without a gateway; each job is a process of its own."""

    setting: Setting
    way: str
    vendor: Running

    def measure(self, job: Job) -> Row:
        command = [sys.executable, "-m", "bench.cost.alone", self.way, f"{self.vendor.url}/v1/messages", job.as_json()]
        done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603  our own
        sample = Sample(**done["sample"])
        return row(self.setting, job, sample, Use(cpu_s=done["cpu_s"], rss_mib=done["rss_mib"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server. Its records cost CPU in PostgreSQL too, where they are kept there."""

    setting: Setting
    running: Running

    def measure(self, job: Job) -> Row:
        meter = _Meter(self.running.pid)
        sample, lag_s = asyncio.run(ask_a_server(self.running.url, self.running.key, job, meter.begin))
        return row(self.setting, job, sample, meter.use(lag_s, on_postgresql=self.setting.database == POSTGRESQL))


class _Meter:
    """What a server and PostgreSQL use between `begin` and `use`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def begin(self) -> None:
        machine.forget_peaks(self._pid)
        self._idle = machine.largest_worker(self._pid)
        self._cpu_s, self._database_s = machine.cpu_s(self._pid), machine.postgresql_cpu_s()

    def use(self, lag_s: float | None, *, on_postgresql: bool) -> Use:
        return Use(
            cpu_s=machine.cpu_s(self._pid) - self._cpu_s,
            rss_mib=machine.memory_mib(self._pid)[1],
            database_s=machine.postgresql_cpu_s() - self._database_s if on_postgresql else None,
            lag_s=lag_s,
            idle=self._idle,
            worker=machine.largest_worker(self._pid),
        )


@contextmanager
def vendor() -> Iterator[Running]:
    """The vendor that all systems ask."""
    port = free_port()
    with process_of(["-m", "bench.cost.vendor", str(port)], {}) as process:
        wait_for(f"http://127.0.0.1:{port}/_delay/0", process)
        yield Running(url=f"http://127.0.0.1:{port}", pid=process.pid)


def delay(asked: Running, milliseconds: int) -> None:
    """Makes each later answer of the vendor wait."""
    with urllib.request.urlopen(f"{asked.url}/_delay/{milliseconds}", timeout=5):  # noqa: S310  loopback
        pass


@contextmanager
def bare_door(asked: Running, database: Database) -> Iterator[Server]:
    """The yardstick, with its records in the same database."""
    port = free_port()
    environment = {"DATABASE_URL": database.url, "LLM_SIMULATOR": "off", "DEBUG": "true"}
    with process_of(["-m", "bench.cost.bare_door", str(port), asked.url], environment) as process:
        wait_for(f"http://127.0.0.1:{port}/livez", process)
        running = Running(url=f"http://127.0.0.1:{port}", pid=process.pid)
        yield Server(setting=Setting(system=BARE_DOOR, database=database.name), running=running)


@contextmanager
def product(asked: Running, database: Database, workers: int = 1) -> Iterator[Server]:
    """The gateway, as it serves in production."""
    with gateway(asked, database_url=database.url, workers=workers) as running:
        setting = Setting(system=GATEWAY, database=database.name, workers=workers)
        yield Server(setting=setting, running=running)
