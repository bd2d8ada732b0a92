"""A database that the migrations before the squash made is brought up to date, and loses nothing."""

import sqlite3
from pathlib import Path

import pytest

from tests.commands.running import Manage, finished

DUMP = Path(__file__).with_name("first_release.sql")


@pytest.fixture
def old_database(tmp_path: Path) -> Path:
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(DUMP.read_text())
    connection.close()
    return path


def test_it_migrates_and_knows_of_each_call_whether_it_was_a_fallback(manage: Manage, old_database: Path) -> None:
    url = f"sqlite:///{old_database}"
    ran = finished(manage("migrate", "--no-input", DATABASE_URL=url))
    assert ran.code == 0, ran.err
    with sqlite3.connect(old_database) as connection:
        fallbacks = dict(connection.execute("SELECT request_id, fallback FROM llm_call").fetchall())
        reasons = connection.execute("SELECT reason FROM llm_attempt ORDER BY call_id, seq").fetchall()
    connection.close()
    assert fallbacks == {"r-1": 0, "r-2": 1, "r-3": 1, "r-4": 0, "r-5": 0, "r-6": 1}
    assert [reason for (reason,) in reasons] == [
        "first", "fallback", "first", "fallback", "first", "retry", "first", "first", "continuation",
    ]  # fmt: skip
    assert finished(manage("migrate", "--check", DATABASE_URL=url)).code == 0
