"""A Redis server for drills, which they may kill. REDIS_URL names another one, which other programs use."""

import shutil
import socket
import subprocess
import time
from types import TracebackType
from typing import Self

START_S = 10.0
PROGRAM = "redis-server"


def installed() -> bool:
    return shutil.which(PROGRAM) is not None


def free_port() -> int:
    """A TCP port without a listener at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """Runs on 127.0.0.1:`port` while the context is open; stores nothing on disk."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Blocks until the port accepts connections. Does nothing while the server runs. Raises TimeoutError."""
        if self._process is not None:
            return
        command = [shutil.which(PROGRAM) or PROGRAM, "--port", str(self._port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  found on the PATH
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        self.stop()
        raise TimeoutError(f"{PROGRAM} did not start on port {self._port}")

    def stop(self) -> None:
        """Kills it, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
