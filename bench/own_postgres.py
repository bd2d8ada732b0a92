"""A PostgreSQL of the benchmark's own, on a free port: it can be paused, which a shared one must not be."""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from bench.processes import free_port

START_S = 60.0
USER = "postgres"
"""The account that runs it: PostgreSQL refuses to run as root."""


class OwnPostgres:
    """A running cluster. `url` is the server's own database."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"

    def pause(self) -> None:
        """It takes connections, by way of the kernel, and answers nothing; nor do its running sessions."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            with suppress(ProcessLookupError):  # a session may end meanwhile
                os.kill(pid, number)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """The cluster, in a folder that is removed with it. Needs root, or the account `postgres` itself."""
    port = free_port()
    user = USER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        if user is not None:
            os.chown(folder, pwd.getpwnam(USER).pw_uid, -1)
        data = f"{folder}/data"
        init = ["initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(init, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)  # noqa: S603  our own command
        run = ["postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
        with subprocess.Popen(run, stderr=subprocess.DEVNULL, user=user, cwd=folder) as process:  # noqa: S603  the same
            try:
                postgres = OwnPostgres(process, port)
                _wait(postgres.url)
                yield postgres
            finally:
                postgres.go_on()
                process.send_signal(signal.SIGINT)  # ends open sessions
                process.wait(30)


def _wait(url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise SystemExit(f"postgres did not answer within {START_S:.0f} s")
