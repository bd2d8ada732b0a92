"""Processes of this project on the test's database and its simulated vendors."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tests.commands.running import PROJECT


def environment(journal: Path) -> dict[str, str]:
    """Environment variables for a process on this test's database and journal."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "LLM_SIMULATOR": "off",
        "LLM_ALLOW_PRIVATE_HOSTS": "127.0.0.0/8",
        "LLM_AUTO_SYNC": "false",
        "LLM_SECRET_KEYS": "only-for-tests",
        "LLM_JOURNAL_DIR": str(journal),
        "LLM_ALERT_EMAILS": "",
        "LLM_ALERT_WEBHOOK_URL": "",
        "LLM_STORE_PATIENCE_S": "20",
        "NO_COLOR": "1",
    }


def database_url() -> str:
    """The test's database, as DATABASE_URL would name it."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    login = f"{quote(at['USER'], safe='')}:{quote(at['PASSWORD'], safe='')}"
    return f"postgres://{login}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


@contextmanager
def running(command: list[str], variables: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python process of this project, its output in `log`; ended with the block."""
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  this project's own commands
            [sys.executable, *command], cwd=PROJECT, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
