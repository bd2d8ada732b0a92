"""A Redis of the benchmark's own, on a free port: it can be stopped, killed and brought back."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from bench.processes import free_port

START_S = 20.0


class OwnRedis:
    """Nothing runs before `start`. A killed one comes back empty: it keeps nothing on disk."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        command = ["redis-server", "--port", str(self.port), "--dir", self._folder, "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  a free port, our own folder
        until = time.monotonic() + START_S
        with redis.Redis(port=self.port, socket_timeout=1) as client:
            while time.monotonic() < until:
                try:
                    client.ping()
                    return
                except redis.RedisError:
                    time.sleep(0.02)
        raise SystemExit(f"redis-server did not answer within {START_S:.0f} s")

    def pause(self) -> None:
        """It takes connections, by way of the kernel, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """Not started yet; gone with the block."""
    if shutil.which("redis-server") is None:
        raise SystemExit("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        server = OwnRedis(folder)
        try:
            yield server
        finally:
            server.go_on()
            server.kill()
