"""Our own records of a day: calls over midnight are set apart."""

from datetime import UTC, date, datetime, timedelta

import pytest

from llm.models import Attempt, Call
from llm.services.reconcile.ours import our_day

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 11, 27, tzinfo=UTC)
MORROW = MIDNIGHT + timedelta(days=1)


def _attempt(at: datetime, seconds: float, tokens: int) -> None:
    call = Call.objects.create(request_id="r", started_at=at, route="default", origin="code", status="answered")
    Attempt.objects.create(
        call=call, seq=1, provider="claude", kind="claude", model="claude-haiku-4-5", outcome="answered",
        started_at=at, duration_ms=1000 * seconds, input_tokens=tokens,
    )  # fmt: skip


def test_calls_over_midnight_are_those_of_the_day_on_which_they_began() -> None:
    for midnight, base in ((MIDNIGHT, 100), (MORROW, 200)):
        _attempt(midnight - timedelta(seconds=2), 1, base + 1)  # ends before midnight
        _attempt(midnight - timedelta(seconds=2), 3, base + 10)  # over it
        _attempt(midnight - timedelta(minutes=9), 600, base + 20)  # over it, for long

    day = our_day(["claude"], date(2026, 11, 27))

    assert sum(line.tokens.input for line in day.lines) == 201 + 210 + 220
    assert {(line.hour, line.tokens.input) for line in day.begun_before} == {(MIDNIGHT, 110 + 120)}
    assert {(line.hour, line.tokens.input) for line in day.ended_after} == {(MORROW - timedelta(hours=1), 210 + 220)}
