"""A database that the migrations before the squash made is brought up to date, and loses nothing."""

import json
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


def test_it_migrates_and_its_calls_and_the_sums_of_deleted_ones_are_there(manage: Manage, old_database: Path) -> None:
    _add_sums(old_database)
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
    ran = finished(manage("llm_usage", "--from", "2019-01-01", "--by", "key,day", "--json", DATABASE_URL=url))
    rows = json.loads(ran.out)["rows"]
    (carried,) = (row for row in rows if row["day"].startswith("2020-01-01"))
    assert (carried["key"], carried["calls"], carried["successes"], carried["attempts"]) == ("alice", 7, 4, 8)
    assert (carried["input_tokens"], carried["cost_usd"], carried["cost_rest_usd"]) == (100, 0.123456789, 0.123456789)
    assert sum(row["calls"] for row in rows) == 7 + 6  # the calls that are there are counted themselves


def _add_sums(old_database: Path) -> None:
    """Sums of an hour whose calls are deleted, and of the hour of the first call."""
    names = (
        "hour, provider, model, route, consumer, calls, attempts, answered, static, failed, input_tokens, "
        "output_tokens, cost_usd"
    )
    with sqlite3.connect(old_database) as connection:
        (first,) = connection.execute("SELECT MIN(started_at) FROM llm_call").fetchone()
        for hour, calls in (("2020-01-01 10:00:00", 7), (f"{first[:13]}:00:00", 9)):
            values = (hour, "claude", "m", "default", "alice", calls, 8, 4, 0, 2, 100, 50, 0.123456789)
            connection.execute(f"INSERT INTO llm_hourlyusage ({names}) VALUES ({', '.join('?' * 13)})", values)  # noqa: S608
    connection.close()
