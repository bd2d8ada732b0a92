"""The gateway under test and its vendor: started, killed without warning, started again on the same port."""

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import MAKE_KEY, ROOT, START_S, Running, free_port, operate, wait_for


class Product:
    """A gateway of `workers` processes. With one the caller starts it again after a kill; with more uvicorn does."""

    def __init__(
        self,
        folder: Path,
        vendor_url: str,
        *,
        database_url: str,
        journal: Path,
        workers: int,
        patience_s: float = 1.0,
    ) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.environment = {
            "DATABASE_URL": database_url,
            "REDIS_URL": "",
            "LLM_JOURNAL_DIR": str(journal),
            "LLM_SIMULATOR": "off",
            "LLM_STORE_PATIENCE_S": str(patience_s),
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ANTHROPIC_API_KEY": "simulated-key",
            "ANTHROPIC_BASE_URL": vendor_url,
            "OPENAI_API_KEY": "simulated-key",
            "OPENAI_BASE_URL": f"{vendor_url}/v1",
            "LOG_LEVEL": "WARNING",
        }
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self._log = (folder / "gateway.log").open("ab")
        self.manage("migrate", "--verbosity", "0")
        self.key = self.manage("shell", "--no-imports", "-c", MAKE_KEY).strip().splitlines()[-1]

    def process_environment(self) -> dict[str, str]:
        """All variables of a process that works on the gateway's database."""
        return {**os.environ, **self.environment}

    def manage(self, *words: str) -> str:
        """The output of a command of `manage.py` on the gateway's database."""
        return operate(Running(url=self.url, pid=0, environment=self.environment), *words)

    def start(self) -> None:
        """Returns when it answers."""
        port = self.url.rpartition(":")[2]
        command = [
            *(sys.executable, "-m", "uvicorn", "djobea.asgi:application", "--port", port, "--no-access-log"),
            *("--workers", str(self._workers), "--log-level", "warning"),
        ]
        environment = self.process_environment()
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=self._log)  # noqa: S603  our own command
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.url}/livez", timeout=2).close()  # noqa: S310  loopback
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise SystemExit("the gateway does not answer")

    def kill_one(self) -> None:
        """SIGKILL to a process that serves, the youngest last. Starts a lone one again."""
        assert self._process is not None  # noqa: S101  started by the caller
        if self._workers == 1:
            self._process.kill()
            self._process.wait()
            self.start()
        elif serving := self._serving():
            os.kill(serving[0], signal.SIGKILL)

    def _serving(self) -> list[int]:
        pid = self._process.pid if self._process else 0
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(40)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._process = None


@contextmanager
def vendor(folder: Path) -> Iterator[tuple[str, Path]]:
    """The vendor in a process of its own: its address, and the file of its calls."""
    port, journal = free_port(), folder / "vendor-calls"
    journal.touch()
    command = [sys.executable, "-m", "bench.fake_vendor", str(port), str(journal)]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603  our own command
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/models", process)
        yield f"http://127.0.0.1:{port}", journal
    finally:
        process.kill()
        process.wait()
