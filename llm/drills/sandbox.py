"""A temporary installation of the product for drills and the demo: own process, database and simulated vendors."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from llm.conf import KEY_VARIABLES, llm_settings
from llm.kinds import KINDS
from llm.services.probes.run import probe_sync
from llm.services.providers import sync_providers
from llm.simulator import Simulator


def manage_py() -> Path:
    return Path(settings.BASE_DIR) / "manage.py"


def run_in_sandbox(arguments: Sequence[str], *, redis_url: str = "") -> int:
    """Runs `manage.py` with `arguments` in a process with a temporary database and without keys.

    Blocks until it ends; returns its exit code.
    """
    with tempfile.TemporaryDirectory(prefix="djobea-sandbox-") as folder:
        environment = {**os.environ, **_environment(Path(folder)), "REDIS_URL": redis_url}
        command = [sys.executable, str(manage_py()), *arguments]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  this project's own command


class NotPlayed(Exception):
    """The sandbox ended without a report."""


def report_of(drill: str, *, timeout_s: float) -> dict[str, Any]:
    """Plays one drill in a sandbox of its own, and returns its report as `llm_drill --json` writes it.

    Blocks until it ends. Raises NotPlayed, after `timeout_s` seconds at the latest.
    """
    with tempfile.TemporaryDirectory(prefix="djobea-sandbox-") as folder:
        environment = {**os.environ, **_environment(Path(folder)), "REDIS_URL": ""}
        command = [sys.executable, str(manage_py()), "llm_drill", "--inside", drill, "--json"]
        try:
            ended = subprocess.run(  # noqa: S603  this project's own command; the drill is one of the catalogue
                command, env=environment, check=False, capture_output=True, timeout=timeout_s
            )
            report: dict[str, Any] = json.loads(ended.stdout)["drills"][0]
        except subprocess.TimeoutExpired:
            raise NotPlayed(f"it did not end within {timeout_s:g} s") from None
        except (ValueError, LookupError):
            raise NotPlayed(f"its process ended with {ended.returncode} and no report") from None
        return report


def _environment(folder: Path) -> dict[str, str]:
    """Variables that replace the machine's keys, addresses and database."""
    blank = [name for names in KEY_VARIABLES.values() for name in names]
    blank += [f"{kind.env}_{suffix}" for kind in KINDS.values() for suffix in ("BASE_URL", "MODEL")]
    blank += ["LLM_PRIORITY", "LLM_DEADLINE_S", "LLM_SECRET_KEYS", "GEMINI_SDK"]
    blank += ["LLM_ALERT_EMAILS", "LLM_ALERT_WEBHOOK_URL"]
    return {
        **dict.fromkeys(blank, ""),
        "DATABASE_URL": f"sqlite:///{folder / 'sandbox.sqlite3'}",
        "LLM_JOURNAL_DIR": str(folder / "journal"),
        "LLM_SIMULATOR": "on",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LOG_LEVEL": "CRITICAL",  # the drill provokes the failures that would be logged
    }


@contextmanager
def simulated_vendors() -> Iterator[Simulator]:
    """In a sandbox's process: runs the simulator, creates the database and points the providers at the simulator."""
    with Simulator() as simulator:
        settings.LLM = {**settings.LLM, "SIMULATOR_PORT": simulator.port}
        llm_settings.cache_clear()
        call_command("migrate", interactive=False, verbosity=0)
        sync_providers()
        for name in llm_settings().priority:
            probe_sync(name, by="drill")  # loads the vendors' SDKs, so that measured times are those of calls
        yield simulator
