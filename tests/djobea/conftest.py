"""Fixtures of the project's tests."""

import shutil
from pathlib import Path

import pytest

from tests.commands.running import PROJECT, alone, manage, run, without_tables
from tests.databases import database, postgresql_config
from tests.stores.redis_server import line, server, through

__all__ = ["alone", "database", "line", "manage", "postgresql_config", "run", "server", "through", "without_tables"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project without `.env` and `var/`, as it is after its first download."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for folder in ("conversations", "djobea", "llm", "suggestions", "templates", "web"):
        shutil.copytree(PROJECT / folder, copy / folder)
    shutil.copy(PROJECT / "manage.py", copy)
    return copy
