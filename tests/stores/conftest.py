"""Fixtures of the stores' tests: both databases, and a call log of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llm.stores.calls.log import DatabaseCallLog
from tests.databases import database, postgresql_config

__all__ = ["database", "postgresql_config"]


@pytest.fixture
def journal_dir(settings: Any, tmp_path: Path) -> Path:
    """A journal folder of the test's own."""
    directory = tmp_path / "journal"
    settings.LLM = {**settings.LLM, "JOURNAL_DIR": str(directory)}
    return directory


@pytest.fixture
def log(database: str, journal_dir: Path) -> Iterator[DatabaseCallLog]:
    """A call log of the test's own, on each database; patient, since the machine may be busy."""
    call_log = DatabaseCallLog(wait_s=20)
    yield call_log
    call_log.stop()
