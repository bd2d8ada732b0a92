"""The ends of a call that nobody wishes for: callers who leave, bugs, a database that goes away on the way."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from llm.core.calls import Answer, CallOptions, Started
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.circuit.state import Circuit
from llm.core.exceptions import NoAnswer
from llm.core.routing.plan import Plan
from llm.models import Call, CircuitEvent
from llm.services import portal
from llm.services.calls import run as calls
from llm.services.calls.run import complete, complete_sync, stream_sync
from llm.simulator import Simulator
from llm.stores.circuits import rows as circuits
from llm.stores.circuits.store import circuit_store
from tests.stores.circuits.weather import gone
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = ChatRequest(messages=(message(Role.USER, "My tap is leaking"),), language="en")


def ask(**options: object) -> Answer:
    return complete_sync(REQUEST, options=CallOptions(**options))  # type: ignore[arg-type]


def recorded(status: str) -> Call:
    assert eventually(lambda: Call.objects.filter(status=status).exists())
    return Call.objects.get(status=status)


def test_a_reader_who_leaves_a_stream_ends_the_vendors_call_and_is_recorded(
    sim: Simulator, providers: list[str]
) -> None:
    sim.reply("claude", "one two three four five", chunks=5, chunk_delay=30)
    events = stream_sync(REQUEST)
    assert isinstance(next(events), Started)
    events.close()  # type: ignore[attr-defined]
    call = recorded("cancelled")
    assert [(a.provider, a.outcome) for a in call.attempts.all()] == [("claude", "cancelled")]
    assert eventually(lambda: sim.counts("claude").abandoned == 1)


def test_a_cancelled_call_is_recorded_with_its_attempt(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "silence")

    async def leave() -> None:
        task = asyncio.create_task(complete(REQUEST))
        while sim.calls("claude") == 0:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    portal.run(leave)
    assert [a.outcome for a in recorded("cancelled").attempts.all()] == ["cancelled"]
    assert eventually(lambda: sim.counts("claude").open == 0)
    assert not CircuitEvent.objects.exists()


def test_a_call_that_meets_a_bug_is_recorded_as_failed(
    sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Plan:
        raise RuntimeError("a bug")

    monkeypatch.setattr(calls, "make_plan", broken)
    with pytest.raises(RuntimeError):
        ask()
    assert recorded("failed").attempts_made == 0


def test_a_short_limit_on_all_is_waited_out_instead_of_a_static_answer(sim: Simulator, providers: list[str]) -> None:
    until = datetime.now(UTC) + timedelta(seconds=0.6)
    for name in providers:
        circuits.change(name, lambda _: Circuit(throttled_until=until), now=datetime.now(UTC), by="test")
    circuit_store.refresh()
    assert ask().provider == "claude"


def test_a_long_limit_on_all_is_told_to_callers_who_refuse_the_static_answer(
    sim: Simulator, providers: list[str]
) -> None:
    for name, seconds in zip(providers, (50, 40, 60), strict=True):
        sim.fault(name, "rate_limited", retry_after=seconds)
    with pytest.raises(NoAnswer) as first:
        ask(static=False)
    with pytest.raises(NoAnswer) as second:
        ask(static=False)
    assert first.value.retry_after_s == pytest.approx(40, abs=3)
    assert second.value.retry_after_s == pytest.approx(40, abs=3)
    assert sum(sim.calls(name) for name in providers) == 3


def test_a_callers_deadline_is_kept_with_silent_vendors(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "silence")
    started = time.monotonic()
    answer = ask(deadline_s=3)
    assert answer.provider == "static"
    assert time.monotonic() - started < 25  # one of them alone would be given 30 s
    assert [a.provider for a in answer.trail.attempts] == providers


@pytest.mark.parametrize("table", ["llm_circuit", "llm_configversion", "llm_call"])
def test_a_database_that_goes_away_costs_no_answer_and_no_record(
    sim: Simulator, providers: list[str], table: str
) -> None:
    ask()
    with gone(table):
        sim.fault("claude", "credit")
        answers = [ask() for _ in range(3)]
    assert [a.provider for a in answers] == ["gemini"] * 3
    assert sim.calls("claude") == 2
    assert eventually(lambda: Call.objects.filter(status="ok").count() == 4)
    ask()
    assert eventually(lambda: ask() is not None and CircuitEvent.objects.filter(after="open").count() == 1)


def test_a_stream_tells_how_many_attempts_it_took(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    events = list(stream_sync(REQUEST))
    opened = events[0]
    assert isinstance(opened, Started)
    assert (opened.provider, opened.attempts) == ("gemini", 2)
