"""Attempts are counted in the quarter of an hour in which they began, to the last millisecond."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from llm.services.analytics import quarters
from llm.services.analytics.quarters import QUARTERS, last_quarters
from tests.admin.console.log import call

NOW = datetime(2026, 11, 29, 4, 1, tzinfo=UTC)
TIMES = {"claude": ("03:59:59.999", "03:59:59.500", "04:00:00", "03:52"), "gemini": ("03:45",)}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    monkeypatch.setattr(quarters.clock, "now", lambda: NOW)
    cache.clear()


def test_each_attempt_counts_in_its_own_quarter(database: str) -> None:
    for provider, times in TIMES.items():
        for time in times:
            at = datetime.fromisoformat(f"2026-11-29T{time}+00:00")
            call((provider, "rate_limit" if time == "03:52" else ""), at=at)
    call(("claude", ""), at=NOW - timedelta(days=2))
    found = last_quarters()
    assert {name: [(f"{one.start:%H:%M}", one.attempts, one.failed) for one in cells if one.attempts] for name, cells in
            found.items()} == {"claude": [("03:45", 3, 1), ("04:00", 1, 0)], "gemini": [("03:45", 1, 0)]}  # fmt: skip
    assert found["claude"][-2].failures == {"rate_limit": 1}
    assert {len(cells) for cells in found.values()} == {QUARTERS}
    assert len({id(cell) for cells in found.values() for cell in cells}) == 2 * QUARTERS


def test_what_has_settled_is_read_once(database: str) -> None:
    call(("claude", ""), at=NOW - timedelta(hours=3))
    call(("claude", ""), at=NOW - timedelta(minutes=5))
    last_quarters()
    cache.delete("llm.quarters.now")
    with CaptureQueriesContext(connection) as captured:
        found = last_quarters()
    assert sum(cell.attempts for cell in found["claude"]) == 2
    assert len(captured) == 1
