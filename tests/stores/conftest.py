"""Fixtures of the stores' tests: both databases, and a separate call log for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llm.stores.calls.log import DatabaseCallLog
from tests.databases import database, postgresql_config
from tests.stores.redis_server import keys, line, prefix, server, through

__all__ = ["database", "keys", "line", "postgresql_config", "prefix", "server", "through"]


@pytest.fixture
def journal_dir(settings: Any, tmp_path: Path) -> Path:
    """A separate journal folder for each test."""
    directory = tmp_path / "journal"
    settings.LLM = {**settings.LLM, "JOURNAL_DIR": str(directory)}
    return directory


@pytest.fixture
def log(database: str, journal_dir: Path) -> Iterator[DatabaseCallLog]:
    """A separate call log for each test, on each database. Its waits are long: the machine may be busy."""
    call_log = DatabaseCallLog(wait_s=20)
    yield call_log
    call_log.stop()
