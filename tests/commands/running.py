"""Running commands in this process, and in processes of their own on a database that is thrown away."""

import io
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A finished command: exit code and output."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run() -> Run:
    """Runs a command in this process, as the command line would."""

    def run(*arguments: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        code = 0
        try:
            call_command(*arguments, stdout=out, stderr=err, no_color=True)
        except CommandError as error:
            code = error.returncode
            err.write(str(error))
        except SystemExit as end:
            code = int(end.code or 0)
        return Ran(code=code, out=out.getvalue(), err=err.getvalue())

    return run


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows: to migrate one takes the processor as long as ten tests."""
    folder = tmp_path_factory.mktemp("migrated")
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'empty.sqlite3'}",
        "REDIS_URL": "",
        "LLM_JOURNAL_DIR": str(folder / "journal"),
        "LLM_SIMULATOR": "auto",
        "SECRET_KEY": secrets.token_urlsafe(64),
    }
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)  # noqa: S603  this project's own command
    return folder / "empty.sqlite3"


@pytest.fixture
def alone(tmp_path: Path, migrated: Path) -> dict[str, str]:
    """An environment without vendor keys, with a database of its own without rows."""
    shutil.copy(migrated, tmp_path / "alone.sqlite3")
    names = ("ANTHROPIC", "GEMINI", "GOOGLE", "OPENAI")
    return {
        **os.environ,
        **{f"{name}_{what}": "" for name in names for what in ("API_KEY", "BASE_URL", "MODEL")},
        "DATABASE_URL": f"sqlite:///{tmp_path / 'alone.sqlite3'}",
        "REDIS_URL": "",
        "LLM_JOURNAL_DIR": str(tmp_path / "journal"),
        "LLM_SIMULATOR": "auto",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LLM_STORE_PATIENCE_S": "20",
        "NO_COLOR": "1",
    }


@pytest.fixture
def without_tables(alone: dict[str, str], tmp_path: Path) -> None:
    """The database of `alone` is not made yet, as before the first start."""
    (tmp_path / "alone.sqlite3").unlink()


Manage = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def manage(alone: dict[str, str]) -> Iterator[Manage]:
    """Starts `manage.py` in a process of its own, or that of a copy; what still runs after the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def manage(*arguments: str, project: Path = PROJECT, **variables: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(  # noqa: S603  this project's own commands
            [sys.executable, "manage.py", *arguments],
            cwd=project,
            env={**alone, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield manage
    for process in started:
        process.kill()
        process.communicate()


def finished(process: "subprocess.Popen[str]", timeout: float = 150) -> Ran:
    """Waits for the process to end; returns its exit code and output."""
    out, err = process.communicate(timeout=timeout)
    return Ran(code=process.returncode, out=out, err=err)
