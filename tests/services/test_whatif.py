"""The call log without one provider, from real rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from llm.core.calls import Caller, CallStatus, Outcome, Skip
from llm.core.chat.response import Usage
from llm.core.exceptions import UnknownProvider
from llm.core.failures.policy import ErrorClass, Failure
from llm.services import whatif
from llm.services.whatif import what_if
from llm.stores.calls.rows import insert
from tests.stores.calls.records import a_call, a_record, an_attempt

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
MODELS = {"claude": "claude-sonnet-5-5", "gemini": "gemini-3.5-flash", "openai": "gpt-6.1-terra"}


def add(
    *tried: tuple[str, Outcome],
    origin: str = "api",
    age: timedelta = timedelta(minutes=5),
    skips: tuple[Skip, ...] = (),
    seconds: float = 0.5,
) -> None:
    at = datetime.now(UTC) - age
    info = a_call(started_at=at)
    attempts = tuple(
        replace(
            an_attempt(seq=seq, outcome=outcome, usage=Usage(input=100, output=20)),
            provider=name,
            kind=name,
            model=MODELS[name],
            started_at=at,
            duration_s=seconds,
            failure=None if outcome is Outcome.OK else Failure(error_class=ErrorClass.SERVER_ERROR),
        )
        for seq, (name, outcome) in enumerate(tried, start=1)
    )
    answered = bool(tried) and tried[-1][1] is Outcome.OK
    record = a_record(
        call=replace(info, caller=Caller(consumer="alice", origin=origin)),
        status=CallStatus.OK if answered else CallStatus.STATIC,
        attempts=attempts,
        skips=skips,
        provider=tried[-1][0] if answered else "static",
    )
    insert([record])


def test_rows_become_a_replay(providers: list[str]) -> None:
    for _ in range(3):
        add(("claude", Outcome.OK))
    add(("claude", Outcome.FAILED), ("gemini", Outcome.OK), seconds=0.8)
    add(("claude", Outcome.OK), skips=(Skip(provider="gemini", reason=ErrorClass.RATE_LIMITED),))
    add(("claude", Outcome.FAILED), ("gemini", Outcome.FAILED), ("openai", Outcome.FAILED))
    replay = what_if("claude", last=HOUR)
    result = replay.result
    assert (result.calls, result.moved, result.spared, result.static_before) == (6, 4, 2, 1)
    assert {item.provider: item.calls for item in result.substitutes} == pytest.approx({"gemini": 1.5})
    assert result.static_after == pytest.approx(1 + 2.5)
    assert result.cost_before_usd > 0
    assert isinstance(result.cost_after_usd, Decimal)
    assert (replay.unknown, replay.cut_off) == ((), False)
    assert replay.estimated


def test_tests_probes_and_older_calls_are_left_out(providers: list[str]) -> None:
    add(("claude", Outcome.OK), origin="test")
    add(("claude", Outcome.OK), origin="probe")
    add(("claude", Outcome.OK), age=timedelta(hours=2))
    assert what_if("claude", last=HOUR).result.calls == 0
    assert what_if("claude", last=3 * HOUR).result.calls == 1


def test_a_substitute_that_was_never_asked_is_named(providers: list[str]) -> None:
    add(("claude", Outcome.OK))
    assert what_if("claude", last=HOUR).unknown == ("gemini",)


def test_a_long_period_is_cut_off_and_says_so(providers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whatif, "MOST_CALLS", 2)
    for minutes in (1, 2, 3):
        add(("claude", Outcome.OK), age=timedelta(minutes=minutes))
    replay = what_if("claude", last=HOUR)
    assert (replay.cut_off, replay.result.calls) == (True, 2)


def test_an_unknown_provider_raises(providers: list[str]) -> None:
    with pytest.raises(UnknownProvider):
        what_if("mistral", last=HOUR)
