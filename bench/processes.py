"""The servers under measurement: started on free ports, asked for their CPU time, stopped."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server: `url` is its origin, `pid` the root of its processes, `key` a consumer key where it wants one.

    `environment` are its variables.
    """

    url: str
    pid: int
    key: str = field(default="", repr=False)
    environment: dict[str, str] = field(default_factory=dict, repr=False)


@contextmanager
def simulator() -> Iterator[Running]:
    """The vendors, in a process of their own."""
    port = free_port()
    with process_of(["manage.py", "llm_simulator", "--port", str(port)], {}) as process:
        wait_for(f"http://127.0.0.1:{port}/_sim", process)
        yield Running(url=f"http://127.0.0.1:{port}", pid=process.pid)


@contextmanager
def gateway(
    vendors: Running,
    *,
    database_url: str,
    redis_url: str = "",
    workers: int = 1,
    everyone: bool = False,
    worker: bool = True,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Running]:
    """The product: authentication and durable records on, as in production.

    `everyone` gives it all three vendors and, with `worker`, a recovery worker beside it, else it knows Claude alone.
    `variables` are set beside its own.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        environment = {
            "DATABASE_URL": database_url or f"sqlite:///{folder}/bench.sqlite3",
            "REDIS_URL": redis_url,
            "LLM_JOURNAL_DIR": f"{folder}/journal",
            "LLM_SIMULATOR": "off",
            "SECRET_KEY": secrets.token_urlsafe(64),
            **_vendor_environment(vendors.url, everyone=everyone),
            "LOG_LEVEL": "CRITICAL" if everyone else "WARNING",
            **variables,
        }
        _manage(environment, "migrate", "--verbosity", "0")
        key = _manage(environment, "shell", "--no-imports", "-c", MAKE_KEY).strip().splitlines()[-1]
        parent = str(os.getpid())
        serve = ["-m", "djobea.management.child", parent, "serve", "127.0.0.1", str(port), str(workers)]
        process = running.enter_context(process_of(serve, environment))
        wait_for(f"http://127.0.0.1:{port}/livez", process)
        if everyone and worker:
            running.enter_context(process_of(["manage.py", "llm_worker"], environment))
        yield Running(url=f"http://127.0.0.1:{port}", pid=process.pid, key=key, environment=environment)


def _vendor_environment(url: str, *, everyone: bool) -> dict[str, str]:
    claude = {"ANTHROPIC_API_KEY": "simulated-key", "ANTHROPIC_BASE_URL": f"{url}/claude"}
    if not everyone:
        return claude
    gemini = {"GEMINI_API_KEY": "simulated-key", "GEMINI_BASE_URL": f"{url}/gemini"}
    return {**claude, **gemini, "OPENAI_API_KEY": "simulated-key", "OPENAI_BASE_URL": f"{url}/openai/v1"}


MAKE_KEY = (
    "from django.contrib.auth import get_user_model as m; from llm.stores.config.keys import create; "
    "u, _ = m().objects.get_or_create(username='bench', defaults={'is_superuser': True, 'is_staff': True}); "
    "print(create(u, 'bench')[1])"
)


def operate(product: Running, *words: str) -> str:
    """Runs a command of `manage.py` on the product's database; its output."""
    return _manage(product.environment, *words)


def _environment(extra: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **extra}


def _manage(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=_environment(environment), capture_output=True, text=True, check=False)  # noqa: S603  our own command
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


@contextmanager
def process_of(words: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Python with these arguments, started in the project's folder; stopped at the end."""
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, *words], cwd=ROOT, env=_environment(environment), stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Returns when the address answers. Raises SystemExit when the process has ended or is late."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"{url}: the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{url}: no answer within {START_S:.0f} s")
